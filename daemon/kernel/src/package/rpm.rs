//! Skips what an rpm package has before its files.
//!
//! A lead of 96 bytes, a header of signatures padded to 8 bytes, a header of facts, and then
//! the files (<https://rpm-software-management.github.io/rpm/manual/format_v4.html>). Nothing
//! in the headers is needed: the payload's compression shows in its first bytes.

use std::io::{self, Read};

/// The lead's length, in bytes.
const LEAD: u64 = 96;
/// What a header begins with, its version included.
const HEADER_MAGIC: [u8; 4] = [0x8e, 0xad, 0xe8, 0x01];
/// An entry of a header's index, in bytes.
const INDEX_ENTRY: u64 = 16;
/// A header has at most so many entries and bytes (lib/header.c, `hdrblobRead`).
const MAX_ENTRIES: u32 = 0xffff;
const MAX_DATA: u32 = 0x0fff_ffff;

/// Why a file is no rpm package.
#[derive(Debug, thiserror::Error)]
pub enum RpmError {
    /// A header makes no sense.
    #[error("a header of the RPM package is damaged")]
    BadHeader,
    /// It ends within its headers.
    #[error("it is cut short")]
    CutShort,
    /// It could not be read.
    #[error("it cannot be read: {0}")]
    Read(io::Error),
}

/// Reads up to the payload.
pub(super) fn skip_to_payload(from: &mut impl Read) -> Result<(), RpmError> {
    skip(from, LEAD)?;
    let signatures = skip_header(from)?;
    skip(from, signatures.next_multiple_of(8) - signatures)?;
    skip_header(from)?;
    Ok(())
}

/// Skips a header; tells the bytes of its index and data.
fn skip_header(from: &mut impl Read) -> Result<u64, RpmError> {
    let mut intro = [0; 16];
    from.read_exact(&mut intro).map_err(failed)?;
    let number = |at: usize| {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&intro[at..at + 4]);
        u32::from_be_bytes(bytes)
    };
    let (entries, data) = (number(8), number(12));
    if intro[..4] != HEADER_MAGIC || entries > MAX_ENTRIES || data > MAX_DATA {
        return Err(RpmError::BadHeader);
    }
    let rest = u64::from(entries) * INDEX_ENTRY + u64::from(data);
    skip(from, rest)?;
    Ok(rest)
}

fn skip(from: &mut impl Read, count: u64) -> Result<(), RpmError> {
    match io::copy(&mut from.take(count), &mut io::sink()) {
        Ok(skipped) if skipped == count => Ok(()),
        Ok(_) => Err(RpmError::CutShort),
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: io::Error) -> RpmError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => RpmError::CutShort,
        _ => RpmError::Read(error),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::package::tests::rpm;

    #[test]
    fn the_payload_is_found_whatever_the_padding() {
        for signature_bytes in 0..9 {
            let package = rpm(signature_bytes, b"payload");
            let mut reader = &package[..];
            skip_to_payload(&mut reader).unwrap();
            assert_eq!(reader, b"payload", "{signature_bytes}");
        }
    }

    #[test]
    fn impossible_headers_are_refused_unread() {
        let mut package = rpm(0, b"");
        package[96 + 8..96 + 12].fill(0xff);
        let error = skip_to_payload(&mut &package[..]);
        assert!(matches!(error, Err(RpmError::BadHeader)));
        let error = skip_to_payload(&mut &package[..100]);
        assert!(matches!(error, Err(RpmError::CutShort)));
    }

    proptest! {
        #[test]
        fn garbage_never_panics(package in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = skip_to_payload(&mut &package[..]);
        }
    }
}
