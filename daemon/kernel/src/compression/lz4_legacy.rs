//! The LZ4 legacy frame: a magic, then blocks, each preceded by its packed length
//! (lz4_Frame_format.md, "Legacy frame"; lib/decompress_unlz4.c of the kernel).

use std::io::{self, Read};

/// 0x184C2102, little-endian.
pub(super) const MAGIC: [u8; 4] = [0x02, 0x21, 0x4c, 0x18];

/// A block unpacks to at most this many bytes.
const BLOCK_LIMIT: usize = 8 << 20;

/// A block may pack to this many bytes at the worst (LZ4_COMPRESSBOUND of lz4.h).
const PACKED_LIMIT: usize = BLOCK_LIMIT + BLOCK_LIMIT / 255 + 16;

/// Unpacks one frame after another, a block at a time.
pub(super) struct Reader<R> {
    packed: R,
    block: Vec<u8>,
    /// What of `block` was given out.
    given: usize,
    started: bool,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(packed: R) -> Self {
        Self {
            packed,
            block: Vec::new(),
            given: 0,
            started: false,
        }
    }

    /// Unpacks the next block; false at the end.
    fn next_block(&mut self) -> io::Result<bool> {
        loop {
            let Some(word) = self.next_word()? else {
                return if self.started {
                    Ok(false)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            };
            // A magic in place of a length starts another frame.
            if word == MAGIC {
                self.started = true;
                continue;
            }
            if !self.started {
                return Err(invalid("no magic"));
            }
            let length = u32::from_le_bytes(word) as usize;
            if length == 0 || length > PACKED_LIMIT {
                return Err(invalid("a block of an impossible length"));
            }
            let mut packed = vec![0; length];
            self.packed.read_exact(&mut packed)?;
            self.block.resize(BLOCK_LIMIT, 0);
            let unpacked = lz4_flex::block::decompress_into(&packed, &mut self.block)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            self.block.truncate(unpacked);
            self.given = 0;
            return Ok(true);
        }
    }

    /// The next four bytes; none at a clean end.
    fn next_word(&mut self) -> io::Result<Option<[u8; 4]>> {
        let mut word = [0; 4];
        let mut filled = 0;
        while filled < word.len() {
            match self.packed.read(&mut word[filled..])? {
                0 if filled == 0 => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                more => filled += more,
            }
        }
        Ok(Some(word))
    }
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.block.len() {
            if !self.next_block()? {
                return Ok(0);
            }
        }
        let rest = &self.block[self.given..];
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Packs test data as `lz4 -l` does.
#[cfg(test)]
pub(super) fn pack(data: &[u8]) -> Vec<u8> {
    let mut packed = MAGIC.to_vec();
    for block in data.chunks(BLOCK_LIMIT) {
        let block = lz4_flex::block::compress(block);
        packed.extend((block.len() as u32).to_le_bytes());
        packed.extend(block);
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
        let mut unpacked = Vec::new();
        Reader::new(packed).read_to_end(&mut unpacked)?;
        Ok(unpacked)
    }

    #[test]
    fn frames_follow_one_another() {
        let twice = [pack(b"hello "), pack(b"world")].concat();
        assert_eq!(unpack(&twice).unwrap(), b"hello world");
    }

    #[test]
    fn more_than_one_block() {
        let data = vec![5; BLOCK_LIMIT + 3];
        assert_eq!(unpack(&pack(&data)).unwrap(), data);
    }

    #[test]
    fn hostile_lengths_are_refused_before_memory_is_taken() {
        for length in [0u32, u32::MAX, PACKED_LIMIT as u32 + 1] {
            let mut packed = MAGIC.to_vec();
            packed.extend(length.to_le_bytes());
            assert_eq!(
                unpack(&packed).unwrap_err().kind(),
                io::ErrorKind::InvalidData
            );
        }
    }

    #[test]
    fn nothing_at_all_is_an_error() {
        assert!(unpack(b"").is_err());
        assert!(unpack(b"\x01\x02").is_err());
        assert!(unpack(b"\x01\x02\x03\x04").is_err());
    }
}
