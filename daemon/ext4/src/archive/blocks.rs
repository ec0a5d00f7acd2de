//! The blocks of an archive: headers, data and padding, and where they are.

use std::io::{self, Read};

use super::error::Problem;
use super::number;

/// Bytes of a block (POSIX.1-2017, pax, "ustar Interchange Format").
pub const BLOCK: usize = 512;
/// Padding after the end; GNU tar's default is 10 KiB.
const TRAILING_MAX: u64 = 256 << 20;

/// A header.
pub type Block = [u8; BLOCK];

type Result<T> = std::result::Result<T, Problem>;

/// Reads block by block and keeps account.
#[derive(Debug)]
pub struct Blocks<R> {
    input: R,
    offset: u64,
    /// Bytes of the current member's data that are not read yet, and its padding.
    data: u64,
    padding: u64,
}

impl<R: Read> Blocks<R> {
    /// Reads from `input`.
    pub fn new(input: R) -> Self {
        Self {
            input,
            offset: 0,
            data: 0,
            padding: 0,
        }
    }

    /// The input, as far as it was read.
    pub fn into_inner(self) -> R {
        self.input
    }

    /// Bytes read so far.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes of data that are still to be read.
    pub fn data_left(&self) -> u64 {
        self.data
    }

    /// Data of `size` bytes begins here.
    pub fn begin_data(&mut self, size: u64) {
        self.data = size;
        self.padding = size.next_multiple_of(BLOCK as u64) - size;
    }

    /// Reads data; 0 at its end.
    pub fn read_data(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = buffer
            .len()
            .min(usize::try_from(self.data).unwrap_or(usize::MAX));
        if count == 0 {
            return Ok(0);
        }
        match self.read_some(&mut buffer[..count])? {
            0 => Err(Problem::Truncated),
            got => {
                self.data -= got as u64;
                Ok(got)
            }
        }
    }

    /// Reads a whole block of data; `None` when less is left.
    pub fn read_data_block(&mut self) -> Result<Option<Block>> {
        if self.data < BLOCK as u64 {
            return Ok(None);
        }
        let block = self.read_block()?;
        self.data -= BLOCK as u64;
        Ok(Some(block))
    }

    /// Reads data of `size` bytes with its padding. The caller has bounded the size.
    pub fn read_whole(&mut self, size: u64) -> Result<Vec<u8>> {
        let mut data = vec![0; usize::try_from(size).map_err(|_| Problem::BadNumber("size"))?];
        self.begin_data(size);
        self.fill(&mut data)?;
        self.data = 0;
        self.skip_data()?;
        Ok(data)
    }

    /// Skips what is left of the data, and the padding.
    pub fn skip_data(&mut self) -> Result<()> {
        let mut buffer = [0; 64 * BLOCK];
        let mut left = self.data + self.padding;
        self.data = 0;
        self.padding = 0;
        while left > 0 {
            let count = buffer
                .len()
                .min(usize::try_from(left).unwrap_or(usize::MAX));
            self.fill(&mut buffer[..count])?;
            left -= count as u64;
        }
        Ok(())
    }

    /// The next header; `None` at the end-of-archive mark, or where the input ends if it
    /// `may_lack_end`.
    pub fn read_header(&mut self, may_lack_end: bool) -> Result<Option<Block>> {
        let first = self.offset == 0;
        let mut block = [0; BLOCK];
        let started = match may_lack_end {
            true => self.read_some(&mut block)?,
            false => 0,
        };
        if may_lack_end && started == 0 {
            return Ok(None);
        }
        // Fewer bytes than one header are no archive at all, unless a decoder says that its
        // own input was cut.
        let at_end = match first {
            true => Problem::NotATar,
            false => Problem::Truncated,
        };
        self.fill_or(&mut block[started..], at_end)?;
        if block == [0; BLOCK] {
            // The mark is two zero blocks, but one and nothing more is seen in the wild.
            return match self.read_block() {
                Err(Problem::Truncated) => Ok(None),
                Err(problem) => Err(problem),
                Ok(block) if block == [0; BLOCK] => Ok(None),
                Ok(_) => Err(Problem::BadHeader),
            };
        }
        match has_checksum(&block) {
            true => Ok(Some(block)),
            false if first => Err(Problem::NotATar),
            false => Err(Problem::BadHeader),
        }
    }

    /// Reads a block that is neither a header nor data (old GNU maps of holes).
    pub fn read_block(&mut self) -> Result<Block> {
        let mut block = [0; BLOCK];
        self.fill(&mut block)?;
        Ok(block)
    }

    /// Reads what follows the end: padding, and a packed stream's own checksum.
    pub fn drain(&mut self) -> Result<()> {
        let mut buffer = [0; 16 * BLOCK];
        let mut count = 0;
        loop {
            match self.read_some(&mut buffer)? {
                0 => return Ok(()),
                got => count += got as u64,
            }
            if count > TRAILING_MAX {
                return Err(Problem::TrailingData(TRAILING_MAX));
            }
        }
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<()> {
        self.fill_or(buffer, Problem::Truncated)
    }

    fn fill_or(&mut self, mut buffer: &mut [u8], at_end: Problem) -> Result<()> {
        while !buffer.is_empty() {
            match self.read_some(buffer)? {
                0 => return Err(at_end),
                got => buffer = &mut buffer[got..],
            }
        }
        Ok(())
    }

    fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            match self.input.read(buffer) {
                Ok(got) => {
                    self.offset += got as u64;
                    return Ok(got);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // That is how the decoders say that their input was cut.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(Problem::Truncated);
                }
                Err(error) => return Err(Problem::Io(error)),
            }
        }
    }
}

/// The sum of all bytes, those of the checksum itself counted as blanks. Some old programs
/// summed signed bytes.
fn has_checksum(block: &Block) -> bool {
    const FIELD: std::ops::Range<usize> = 148..156;
    let Some(expected) = number::field(&block[FIELD]) else {
        return false;
    };
    let bytes = || {
        block
            .iter()
            .enumerate()
            .map(|(index, &byte)| if FIELD.contains(&index) { b' ' } else { byte })
    };
    let unsigned: i64 = bytes().map(i64::from).sum();
    let signed: i64 = bytes().map(|byte| i64::from(byte as i8)).sum();
    expected == unsigned || expected == signed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_checksum() {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[0] = 0xff;
        header.set_cksum();
        let mut block = *header.as_bytes();
        assert!(has_checksum(&block));
        // The same with 0xff counted as -1.
        let sum = number::field(&block[148..156]).unwrap() - 256;
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        assert!(has_checksum(&block));
        block[0] = 0xfe;
        assert!(!has_checksum(&block));
    }

    #[test]
    fn a_packed_stream_that_was_cut_at_once_is_told_from_what_is_no_archive() {
        struct Cut;
        impl Read for Cut {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::UnexpectedEof.into())
            }
        }
        let mut cut = Blocks::new(b"abc".chain(Cut));
        assert!(matches!(cut.read_header(false), Err(Problem::Truncated)));
        let mut short = Blocks::new(b"abc".as_slice());
        assert!(matches!(short.read_header(false), Err(Problem::NotATar)));
    }

    #[test]
    fn the_end_is_one_or_two_zero_blocks() {
        for len in [512, 700, 1024, 10_240] {
            let zeros = vec![0; len];
            let mut blocks = Blocks::new(zeros.as_slice());
            assert!(blocks.read_header(false).unwrap().is_none());
            blocks.drain().unwrap();
        }
        let mut lone = vec![0; 1024];
        lone[1023] = b'x';
        let mut blocks = Blocks::new(lone.as_slice());
        assert!(matches!(blocks.read_header(false), Err(Problem::BadHeader)));
    }

    #[test]
    fn the_mark_may_be_missing_where_that_is_allowed() {
        let mut blocks = Blocks::new(io::empty());
        assert!(blocks.read_header(true).unwrap().is_none());
        let mut blocks = Blocks::new(io::empty());
        assert!(matches!(blocks.read_header(false), Err(Problem::NotATar)));
        let half = [1; 100];
        let mut blocks = Blocks::new(half.as_slice());
        assert!(matches!(blocks.read_header(true), Err(Problem::NotATar)));
    }

    #[test]
    fn what_follows_the_end_is_bounded() {
        let mut blocks = Blocks::new(io::repeat(0));
        assert!(matches!(blocks.drain(), Err(Problem::TrailingData(_))));
    }
}
