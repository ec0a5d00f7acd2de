//! A file for an archive: exactly as many bytes as its header promised.

use std::io::{self, Read};

/// Cuts what is longer than promised, and fills what is shorter with zeros, because files
/// change while they are read and a tar stream cannot take its word back.
pub struct Padded<R> {
    inner: R,
    left: u64,
    /// Kept apart from errors of the one who takes the stream.
    failed: Option<io::Error>,
}

impl<R: Read> Padded<R> {
    /// Promises `size` bytes of `inner`.
    pub fn new(inner: R, size: u64) -> Self {
        Self {
            inner,
            left: size,
            failed: None,
        }
    }

    /// Whether all could be read.
    ///
    /// # Errors
    /// What the reader said.
    pub fn finish(self) -> io::Result<()> {
        self.failed.map_or(Ok(()), Err)
    }
}

impl<R: Read> Read for Padded<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let length = usize::try_from(self.left).unwrap_or(usize::MAX);
        let length = length.min(room.len());
        let room = room.get_mut(..length).unwrap_or_default();
        let read = if self.failed.is_some() {
            Ok(0)
        } else {
            self.inner.read(room)
        };
        let read = match read {
            Ok(0) => {
                room.fill(0);
                length
            }
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                self.failed = Some(error);
                room.fill(0);
                length
            }
        };
        self.left -= read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &[u8], promised: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut padded = Padded::new(content, promised);
        padded.read_to_end(&mut bytes).unwrap();
        padded.finish().unwrap();
        bytes
    }

    #[test]
    fn the_promise_is_kept() {
        assert_eq!(read(b"abc", 3), b"abc");
        assert_eq!(read(b"abcdef", 3), b"abc");
        assert_eq!(read(b"a", 3), b"a\0\0");
        assert_eq!(read(b"a", 0), b"");
    }
}
