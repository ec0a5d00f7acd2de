//! Reads a cpio archive of the newc form, with or without checksums
//! (Documentation/driver-api/early-userspace/buffer-format.rst of the kernel).

use std::io::{self, Read};

/// A header's length: six bytes of magic and thirteen fields of eight hex digits.
const HEADER: usize = 110;
/// Fields by their place.
const MODE: usize = 1;
const LINKS: usize = 4;
const SIZE: usize = 6;
const NAME_SIZE: usize = 11;
/// A name is no longer, in bytes (PATH_MAX).
const NAME_LIMIT: u32 = 4096;
/// The name that ends an archive.
const TRAILER: &[u8] = b"TRAILER!!!";
/// The type in a mode, and that of a regular file (stat(2)).
const TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;

/// Why a payload is no cpio archive.
#[derive(Debug, thiserror::Error)]
pub enum CpioError {
    /// A member's header makes no sense.
    #[error("a member's header in its cpio archive is damaged")]
    BadHeader,
    /// rpm's own form for files of more than 4 GiB.
    #[error("its files are in rpm's form for huge files, which no kernel needs")]
    Stripped,
    /// It ends before its trailer.
    #[error("its cpio archive is cut short")]
    CutShort,
    /// It could not be read.
    #[error("its cpio archive cannot be read: {0}")]
    Read(io::Error),
}

/// An archive that is read from front to back.
pub(super) struct Archive<R> {
    from: R,
    /// What of the member under way was not read, in bytes, and its padding.
    rest: u64,
    padding: u64,
}

/// A member's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Its name: any bytes.
    pub(super) name: Vec<u8>,
    /// Its size, in bytes.
    pub(super) size: u64,
    /// Whether it is a regular file with its data here: of a file with several names, only
    /// the last has it.
    pub(super) is_file: bool,
}

impl<R: Read> Archive<R> {
    pub(super) fn new(from: R) -> Self {
        Self {
            from,
            rest: 0,
            padding: 0,
        }
    }

    /// Goes to the next member, past what was not read of this one; none at the trailer. The
    /// member's content is what [`Read`] gives then.
    pub(super) fn next(&mut self) -> Result<Option<Member>, CpioError> {
        io::copy(self, &mut io::sink()).map_err(failed)?;
        let padding = std::mem::take(&mut self.padding);
        self.skip(padding)?;
        let mut header = [0; HEADER];
        self.from.read_exact(&mut header).map_err(failed)?;
        match &header[..6] {
            b"070701" | b"070702" => {}
            b"07070X" => return Err(CpioError::Stripped),
            _ => return Err(CpioError::BadHeader),
        }
        let (name_size, size) = (field(&header, NAME_SIZE)?, field(&header, SIZE)?);
        if name_size == 0 || name_size > NAME_LIMIT {
            return Err(CpioError::BadHeader);
        }
        let mut name = vec![0; name_size as usize];
        self.from.read_exact(&mut name).map_err(failed)?;
        if name.pop() != Some(0) {
            return Err(CpioError::BadHeader);
        }
        self.skip(padding_after(HEADER as u64 + u64::from(name_size)))?;
        if name == TRAILER {
            return Ok(None);
        }
        self.rest = u64::from(size);
        self.padding = padding_after(self.rest);
        Ok(Some(Member {
            name,
            size: self.rest,
            is_file: field(&header, MODE)? & TYPE == REGULAR
                && (size > 0 || field(&header, LINKS)? < 2),
        }))
    }

    /// The reader below.
    pub(super) fn into_inner(self) -> R {
        self.from
    }

    fn skip(&mut self, count: u64) -> Result<(), CpioError> {
        match io::copy(&mut (&mut self.from).take(count), &mut io::sink()) {
            Ok(skipped) if skipped == count => Ok(()),
            Ok(_) => Err(CpioError::CutShort),
            Err(error) => Err(failed(error)),
        }
    }
}

/// The content of the member under way. A cut archive is an error, not an end.
impl<R: Read> Read for Archive<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.rest).map_or(into.len(), |rest| rest.min(into.len()));
        if most == 0 {
            return Ok(0);
        }
        match self.from.read(&mut into[..most])? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.rest -= count as u64;
                Ok(count)
            }
        }
    }
}

/// Names and contents are padded to four bytes.
fn padding_after(length: u64) -> u64 {
    length.next_multiple_of(4) - length
}

fn field(header: &[u8; HEADER], index: usize) -> Result<u32, CpioError> {
    let digits = &header[6 + index * 8..14 + index * 8];
    let text = std::str::from_utf8(digits).map_err(|_| CpioError::BadHeader)?;
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(CpioError::BadHeader);
    }
    u32::from_str_radix(text, 16).map_err(|_| CpioError::BadHeader)
}

fn failed(error: io::Error) -> CpioError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => CpioError::CutShort,
        _ => CpioError::Read(error),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::package::tests::cpio;

    fn read_all(archive: &[u8]) -> Result<Vec<(Member, Vec<u8>)>, CpioError> {
        let mut archive = Archive::new(archive);
        let mut members = Vec::new();
        while let Some(member) = archive.next()? {
            let mut content = Vec::new();
            archive.read_to_end(&mut content).map_err(failed)?;
            members.push((member, content));
        }
        Ok(members)
    }

    #[test]
    fn members_of_every_length() {
        let contents: Vec<Vec<u8>> = (0..9).map(|length| vec![7; length]).collect();
        let names: Vec<String> = (0..9).map(|length| "n".repeat(length + 1)).collect();
        let members: Vec<(&str, &[u8])> = names
            .iter()
            .map(String::as_str)
            .zip(contents.iter().map(Vec::as_slice))
            .collect();
        let read = read_all(&cpio(&members)).unwrap();
        assert_eq!(read.len(), 9);
        for ((member, content), (name, wanted)) in read.iter().zip(&members) {
            assert_eq!((&member.name[..], &content[..]), (name.as_bytes(), *wanted));
            assert!(member.is_file);
        }
    }

    #[test]
    fn an_archive_cut_anywhere_is_cut_short() {
        let archive = cpio(&[("a", b"content"), ("b", b"more")]);
        for kept in 0..archive.len() - 4 {
            assert!(matches!(
                read_all(&archive[..kept]),
                Err(CpioError::CutShort)
            ));
        }
    }

    #[test]
    fn other_forms_are_refused() {
        let mut archive = cpio(&[("a", b"content")]);
        archive[5] = b'X';
        assert!(matches!(read_all(&archive), Err(CpioError::Stripped)));
        archive[5] = b'7';
        assert!(matches!(read_all(&archive), Err(CpioError::BadHeader)));
        let mut signs = cpio(&[("a", b"content")]);
        signs[6 + 8 * SIZE] = b'+';
        assert!(matches!(read_all(&signs), Err(CpioError::BadHeader)));
    }

    proptest! {
        #[test]
        fn a_damaged_archive_never_panics(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut archive = cpio(&[("a", b"content"), ("b", b"more")]);
            for (at, byte) in flips {
                let at = at.index(archive.len());
                archive[at] = byte;
            }
            let _ = read_all(&archive);
        }
    }
}
