//! Reads the ar archive that a Debian package is (ar(5), deb(5)).

use std::io::{self, Read};

/// The archive's first bytes.
const MAGIC: &[u8; 8] = b"!<arch>\n";
/// A member's header: name, time, owner, group, mode, size, end.
const HEADER: usize = 60;
const NAME: std::ops::Range<usize> = 0..16;
const SIZE: std::ops::Range<usize> = 48..58;
const END: std::ops::Range<usize> = 58..60;

/// Why a file is no Debian package.
#[derive(Debug, thiserror::Error)]
pub enum ArError {
    /// It does not start as an ar archive.
    #[error("it is not a Debian package (no ar archive)")]
    NotAr,
    /// A member's header makes no sense.
    #[error("a member's header is damaged")]
    BadHeader,
    /// It ends before a member does.
    #[error("it is cut short")]
    CutShort,
    /// It could not be read.
    #[error("it cannot be read: {0}")]
    Read(io::Error),
}

/// An archive that is read from front to back.
pub(crate) struct Archive<R> {
    from: R,
    /// What of the member under way was not read, in bytes.
    rest: u64,
    /// Whether a padding byte follows it.
    padded: bool,
}

/// A member's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its name, without the slash that some writers end it with.
    pub(crate) name: String,
    /// Its size, in bytes.
    pub(crate) size: u64,
}

impl<R: Read> Archive<R> {
    /// Checks that it is an archive.
    pub(crate) fn open(mut from: R) -> Result<Self, ArError> {
        let mut magic = [0; MAGIC.len()];
        match from.read_exact(&mut magic) {
            Ok(()) if magic == *MAGIC => Ok(Self {
                from,
                rest: 0,
                padded: false,
            }),
            Ok(()) => Err(ArError::NotAr),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(ArError::NotAr),
            Err(error) => Err(ArError::Read(error)),
        }
    }

    /// Goes to the next member, past what was not read of this one; none at the end. The
    /// member's content is what [`Read`] gives then.
    pub(crate) fn next(&mut self) -> Result<Option<Member>, ArError> {
        io::copy(self, &mut io::sink()).map_err(failed)?;
        if self.padded {
            let mut padding = [0; 1];
            // Some writers leave the last member's padding out.
            if self.from.read(&mut padding).map_err(ArError::Read)? == 0 {
                return Ok(None);
            }
        }
        let mut header = [0; HEADER];
        let mut filled = 0;
        while filled < HEADER {
            match self
                .from
                .read(&mut header[filled..])
                .map_err(ArError::Read)?
            {
                0 if filled == 0 => return Ok(None),
                0 => return Err(ArError::CutShort),
                more => filled += more,
            }
        }
        let member = parse(&header)?;
        self.rest = member.size;
        self.padded = member.size % 2 == 1;
        Ok(Some(member))
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

fn failed(error: io::Error) -> ArError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ArError::CutShort,
        _ => ArError::Read(error),
    }
}

/// Reads a member's header. Sizes are decimal with at most ten digits, so none overflows.
fn parse(header: &[u8; HEADER]) -> Result<Member, ArError> {
    if header[END] != *b"`\n" {
        return Err(ArError::BadHeader);
    }
    let text = |range| {
        std::str::from_utf8(&header[range])
            .map(|text| text.trim_end_matches(' '))
            .map_err(|_| ArError::BadHeader)
    };
    let name = text(NAME)?.trim_end_matches('/');
    let size = text(SIZE)?;
    if name.is_empty() || !size.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ArError::BadHeader);
    }
    Ok(Member {
        name: name.to_string(),
        size: size.parse().map_err(|_| ArError::BadHeader)?,
    })
}

/// Builds an archive for tests.
#[cfg(test)]
pub(crate) fn build(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = MAGIC.to_vec();
    for (name, content) in members {
        let header = format!(
            "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
            0,
            0,
            0,
            100_644,
            content.len()
        );
        archive.extend(header.as_bytes());
        archive.extend(*content);
        if content.len() % 2 == 1 {
            archive.push(b'\n');
        }
    }
    archive
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_all(archive: &[u8]) -> Result<Vec<(String, Vec<u8>)>, ArError> {
        let mut archive = Archive::open(archive)?;
        let mut members = Vec::new();
        while let Some(member) = archive.next()? {
            let mut content = Vec::new();
            archive.read_to_end(&mut content).map_err(failed)?;
            members.push((member.name, content));
        }
        Ok(members)
    }

    #[test]
    fn what_is_no_archive() {
        assert!(matches!(read_all(b""), Err(ArError::NotAr)));
        assert!(matches!(read_all(b"<html>not found"), Err(ArError::NotAr)));
    }

    #[test]
    fn members_may_be_passed_over() {
        let bytes = build(&[
            ("debian-binary", b"2.0\n"),
            ("odd/", b"abc"),
            ("last", b"z"),
        ]);
        let mut archive = Archive::open(bytes.as_slice()).unwrap();
        let mut names = Vec::new();
        while let Some(member) = archive.next().unwrap() {
            names.push(member.name);
        }
        assert_eq!(names, ["debian-binary", "odd", "last"]);
    }

    #[test]
    fn a_size_beyond_the_end_is_cut_short() {
        let mut bytes = build(&[("data", b"abcd")]);
        bytes[8 + 48..8 + 58].copy_from_slice(b"9999999999");
        assert!(matches!(read_all(&bytes), Err(ArError::CutShort)));
    }

    #[test]
    fn sizes_that_are_no_numbers() {
        for size in [b"-1        ", b"          ", b"+5        ", b"0x10      "] {
            let mut bytes = build(&[("data", b"abcd")]);
            bytes[8 + 48..8 + 58].copy_from_slice(size);
            assert!(matches!(read_all(&bytes), Err(ArError::BadHeader)));
        }
    }

    proptest! {
        #[test]
        fn what_was_built_is_read(
            members in prop::collection::vec(("[a-z][a-z.]{0,14}", prop::collection::vec(any::<u8>(), 0..50)), 0..5),
        ) {
            let borrowed: Vec<(&str, &[u8])> =
                members.iter().map(|(n, c)| (n.as_str(), c.as_slice())).collect();
            prop_assert_eq!(read_all(&build(&borrowed)).unwrap(), members);
        }

        #[test]
        fn every_cut_is_noticed(cut in 1usize..130) {
            // Two members of 2 and 60 bytes; only a cut between members goes unnoticed.
            let bytes = build(&[("a", b"xy"), ("b", &[7; 60])]);
            let kept = bytes.len() - cut;
            let between = kept == 8 || kept == 8 + 62;
            prop_assert_eq!(read_all(&bytes[..kept]).is_ok(), between);
        }

        #[test]
        fn garbage_never_panics(mut bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read_all(&bytes);
            bytes.splice(0..0, MAGIC.iter().copied());
            let _ = read_all(&bytes);
        }
    }
}
