//! Plain, gzip, xz or zstd: told by the first bytes, not by a name.
//!
//! All three may consist of several streams one after the other. What a stream may make the
//! decoder allocate is bounded.

mod counting;

use std::io::{self, BufReader, Cursor, Read};

pub use counting::{Counter, Counting};

/// A window as `zstd --ultra -22` uses it.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;
/// Twice what `xz -9` needs.
const XZ_MEMORY_MAX: u64 = 128 << 20;
const INPUT_BUFFER: usize = 256 * 1024;

/// How a stream is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// RFC 1952.
    Gzip,
    /// The .xz file format.
    Xz,
    /// RFC 8878.
    Zstd,
}

/// Why a stream cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum DecompressError {
    /// There is nothing in it.
    #[error("the archive is empty")]
    Empty,
    /// A format that is known but not read.
    #[error("the archive is packed with {0}; unpack it, or pack it with gzip, xz or zstd")]
    Unsupported(&'static str),
    /// Reading or setting up failed.
    #[error("reading the archive failed: {0}")]
    Io(#[from] io::Error),
}

/// Tells the format from the first bytes.
///
/// # Errors
/// [`DecompressError::Unsupported`] for bzip2, lz4, lzip and the like.
pub fn detect(start: &[u8]) -> Result<Compression, DecompressError> {
    const READ: [(&[u8], Compression); 3] = [
        (b"\x1f\x8b", Compression::Gzip),
        (b"\xfd7zXZ\0", Compression::Xz),
        (b"\x28\xb5\x2f\xfd", Compression::Zstd),
    ];
    const UNREAD: [(&[u8], &str); 6] = [
        (b"BZh", "bzip2"),
        (b"\x04\x22\x4d\x18", "lz4"),
        (b"LZIP", "lzip"),
        (b"\x1f\x9d", "compress"),
        (b"\x89LZO", "lzop"),
        (b"PK\x03\x04", "zip"),
    ];
    if let Some((_, compression)) = READ.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Ok(*compression);
    }
    if let Some((_, name)) = UNREAD.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Err(DecompressError::Unsupported(name));
    }
    // zstd's skippable frames: 0x184D2A50 to 0x184D2A5F.
    if let [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] = start {
        return Ok(Compression::Zstd);
    }
    Ok(Compression::None)
}

/// Unpacks `input`; the counter tells how many packed bytes were taken so far.
///
/// # Errors
/// See [`DecompressError`].
pub fn open<'a, R: Read + 'a>(input: R) -> Result<(Box<dyn Read + 'a>, Counter), DecompressError> {
    let (mut input, counter) = Counting::new(input);
    let start = read_start(&mut input)?;
    if start.is_empty() {
        return Err(DecompressError::Empty);
    }
    let compression = detect(&start)?;
    let input = BufReader::with_capacity(INPUT_BUFFER, Cursor::new(start).chain(input));
    let reader: Box<dyn Read + 'a> = match compression {
        Compression::None => Box::new(input),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
        Compression::Xz => {
            let stream = liblzma::stream::Stream::new_stream_decoder(
                XZ_MEMORY_MAX,
                liblzma::stream::CONCATENATED,
            )
            .map_err(io::Error::from)?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(input, stream))
        }
        Compression::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
            Box::new(decoder)
        }
    };
    Ok((reader, counter))
}

/// The first bytes, however small the pieces are in which they come.
fn read_start(input: &mut impl Read) -> io::Result<Vec<u8>> {
    const LONGEST_MAGIC: u64 = 8;
    let mut start = Vec::new();
    input.take(LONGEST_MAGIC).read_to_end(&mut start)?;
    Ok(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
        let (mut reader, _) = open(packed).map_err(io::Error::other)?;
        let mut plain = Vec::new();
        reader.read_to_end(&mut plain)?;
        Ok(plain)
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn xz(plain: &[u8]) -> Vec<u8> {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_format_in_several_streams() {
        let text = b"some words, some more words".as_slice();
        let twice = [text, text].concat();
        assert_eq!(unpack(&twice).unwrap(), twice);
        assert_eq!(unpack(&[gzip(text), gzip(text)].concat()).unwrap(), twice);
        assert_eq!(unpack(&[xz(text), xz(text)].concat()).unwrap(), twice);
        let zstd = zstd::encode_all(text, 1).unwrap();
        assert_eq!(unpack(&[zstd.clone(), zstd].concat()).unwrap(), twice);
    }

    #[test]
    fn a_cut_stream_is_an_error() {
        let text = [7u8; 100_000];
        for packed in [
            gzip(&text),
            xz(&text),
            zstd::encode_all(&text[..], 1).unwrap(),
        ] {
            assert!(unpack(&packed[..packed.len() - 3]).is_err());
        }
    }

    #[test]
    fn nothing_is_an_error_of_its_own() {
        assert!(matches!(open(&b""[..]), Err(DecompressError::Empty)));
    }

    #[test]
    fn known_formats_that_are_not_read_are_named() {
        assert!(matches!(
            detect(b"BZh91AY"),
            Err(DecompressError::Unsupported("bzip2"))
        ));
        assert_eq!(detect(b"\x51\x2a\x4d\x18").unwrap(), Compression::Zstd);
        assert_eq!(detect(b"etc/passwd").unwrap(), Compression::None);
        assert_eq!(detect(b"\x1f").unwrap(), Compression::None);
    }

    #[test]
    fn the_counter_tells_packed_bytes() {
        let packed = gzip(&[0; 1 << 20]);
        let (mut reader, counter) = open(&packed[..]).unwrap();
        io::copy(&mut reader, &mut io::sink()).unwrap();
        assert_eq!(counter.get(), packed.len() as u64);
    }
}
