//! File data on its way into the image.
//!
//! Blocks are taken one after the other, so the data of many small files is one run in the
//! image: it is gathered in one buffer and written with few large writes, past libext2fs.
//! Blocks written here are never given back before the end (see `mod.rs`), so the library's
//! cache cannot hold an older version of them.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use crate::sys::{BLOCK_SIZE, begin_writeback};

/// Bytes gathered before a write: large against a system call, small against the CPU's cache.
const BUFFER: usize = 512 * 1024;
/// Bytes written before they are sent on to the disk, so that the end has little to wait for.
const WRITEBACK_STEP: u64 = 16 << 20;

/// A gathering writer of blocks.
pub struct DataStream {
    file: File,
    buffer: Vec<u8>,
    filled: usize,
    /// Where in the image the buffer's first byte belongs.
    start: u64,
    /// Bytes that nobody has sent on to the disk.
    dirty: u64,
}

/// Why data could not be taken over.
#[derive(Debug)]
pub enum DataError {
    /// Its source failed.
    Source(io::Error),
    /// Its source ended early; so many bytes are missing.
    Short(u64),
    /// The image could not be written.
    Image(io::Error),
    /// The caller asked to stop.
    Cancelled,
}

impl DataStream {
    /// Writes to `file`, which is the image.
    pub fn new(file: File) -> Self {
        Self {
            file,
            buffer: vec![0; BUFFER],
            filled: 0,
            start: 0,
            dirty: 0,
        }
    }

    /// Goes on at the start of `block`.
    pub fn seek(&mut self, block: u64) -> Result<(), DataError> {
        let position = block * BLOCK_SIZE as u64;
        if position != self.start + self.filled as u64 {
            self.flush()?;
            self.start = position;
        }
        Ok(())
    }

    /// Takes `len` bytes from `source`; `between` is called after each piece and may stop it.
    pub fn copy<R: Read + ?Sized>(
        &mut self,
        source: &mut R,
        len: u64,
        mut between: impl FnMut() -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let mut missing = len;
        while missing > 0 {
            let space = &mut self.buffer[self.filled..];
            let wanted = space
                .len()
                .min(usize::try_from(missing).unwrap_or(usize::MAX));
            match source.read(&mut space[..wanted]) {
                Ok(0) => return Err(DataError::Short(missing)),
                Ok(got) => {
                    self.filled += got;
                    missing -= got as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(DataError::Source(error)),
            }
            if self.filled == self.buffer.len() {
                self.flush()?;
                between()?;
            }
        }
        Ok(())
    }

    /// Appends `len` zero bytes.
    pub fn zeros(&mut self, len: u64) -> Result<(), DataError> {
        let mut missing = len;
        while missing > 0 {
            let space = &mut self.buffer[self.filled..];
            let count = space
                .len()
                .min(usize::try_from(missing).unwrap_or(usize::MAX));
            space[..count].fill(0);
            self.filled += count;
            missing -= count as u64;
            if self.filled == self.buffer.len() {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Writes what is gathered.
    pub fn flush(&mut self) -> Result<(), DataError> {
        self.file
            .write_all_at(&self.buffer[..self.filled], self.start)
            .map_err(DataError::Image)?;
        self.start += self.filled as u64;
        self.dirty += self.filled as u64;
        self.filled = 0;
        if self.dirty >= WRITEBACK_STEP {
            self.dirty = 0;
            // Where that is refused, the end waits longer.
            let _ = begin_writeback(&self.file);
        }
        Ok(())
    }

    /// Makes everything in the image durable.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjacent_and_distant_blocks_land_where_they_belong() {
        let file = tempfile::tempfile().unwrap();
        let mut stream = DataStream::new(file.try_clone().unwrap());
        stream.seek(1).unwrap();
        stream.copy(&mut &[1u8; 5000][..], 5000, || Ok(())).unwrap();
        stream.zeros(2 * 4096 - 5000).unwrap();
        stream.seek(3).unwrap();
        stream.copy(&mut &[2u8; 10][..], 10, || Ok(())).unwrap();
        stream.seek(9).unwrap();
        stream.copy(&mut &[3u8; 1][..], 1, || Ok(())).unwrap();
        stream.flush().unwrap();
        let mut image = vec![0; 9 * 4096 + 1];
        file.read_exact_at(&mut image, 0).unwrap();
        assert!(image[..4096].iter().all(|&byte| byte == 0));
        assert!(image[4096..9096].iter().all(|&byte| byte == 1));
        assert!(image[9096..12288].iter().all(|&byte| byte == 0));
        assert!(image[12288..12298].iter().all(|&byte| byte == 2));
        assert_eq!(image[9 * 4096], 3);
    }

    #[test]
    fn more_than_the_buffer_streams_through() {
        let file = tempfile::tempfile().unwrap();
        let mut stream = DataStream::new(file.try_clone().unwrap());
        let data: Vec<u8> = (0..BUFFER * 2 + 77).map(|i| (i % 251) as u8).collect();
        let mut pauses = 0;
        stream
            .copy(&mut &data[..], data.len() as u64, || {
                pauses += 1;
                Ok(())
            })
            .unwrap();
        stream.flush().unwrap();
        let mut image = vec![0; data.len()];
        file.read_exact_at(&mut image, 0).unwrap();
        assert!(image == data);
        assert_eq!(pauses, 2);
    }

    #[test]
    fn a_short_source_tells_what_is_missing() {
        let mut stream = DataStream::new(tempfile::tempfile().unwrap());
        let result = stream.copy(&mut &[0u8; 10][..], 12, || Ok(()));
        assert!(matches!(result, Err(DataError::Short(2))));
    }
}
