//! A file's data, holes included, read past libext2fs.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::entry::Segment;
use crate::sys::{BLOCK_SIZE, Extent};

/// Where a file's data lies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extents {
    /// In the file and in the image, in bytes; ascending, without overlap.
    runs: Vec<(Segment, u64)>,
    size: u64,
}

impl Extents {
    /// Of a file of `size` bytes; what lies beyond is left out. `None` when they overlap.
    pub fn new(extents: &[Extent], size: u64) -> Option<Self> {
        let block = BLOCK_SIZE as u64;
        let mut runs: Vec<(Segment, u64)> = Vec::new();
        for extent in extents {
            let offset = extent.logical.checked_mul(block)?;
            let image = extent.physical.checked_mul(block)?;
            let len = u64::from(extent.len) * block;
            let end = offset.checked_add(len)?.min(size);
            if end <= offset {
                continue;
            }
            let len = end - offset;
            match runs.last_mut() {
                Some((last, _)) if last.offset + last.len > offset => return None,
                Some((last, at)) if last.offset + last.len == offset && *at + last.len == image => {
                    last.len += len;
                }
                _ => runs.push((Segment { offset, len }, image)),
            }
        }
        Some(Self { runs, size })
    }

    /// The file's length.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Where there is data.
    pub fn segments(&self) -> impl Iterator<Item = Segment> {
        self.runs.iter().map(|(segment, _)| *segment)
    }

    /// Bytes of data.
    pub fn data_len(&self) -> u64 {
        self.segments().map(|segment| segment.len).sum()
    }

    /// The whole file, holes as zeros.
    pub fn reader<'a>(&self, image: Arc<File>, cancel: &'a AtomicBool) -> Reader<'a> {
        Reader {
            image,
            extents: self.clone(),
            next: 0,
            position: 0,
            dense: true,
            cancel,
        }
    }
}

/// Reads a file's data.
pub struct Reader<'a> {
    image: Arc<File>,
    extents: Extents,
    /// The first run that is not read to its end.
    next: usize,
    /// In the file.
    position: u64,
    /// Whether holes are read as zeros; they are left out otherwise.
    dense: bool,
    cancel: &'a AtomicBool,
}

impl Reader<'_> {
    /// Leaves holes out.
    pub fn without_holes(mut self) -> Self {
        self.dense = false;
        self
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(io::Error::other("cancelled"));
        }
        let run = self.extents.runs.get(self.next).copied();
        let until = run.map_or(self.extents.size, |(segment, _)| segment.offset);
        if self.position < until {
            if !self.dense {
                self.position = until;
                return if run.is_some() {
                    self.read(buffer)
                } else {
                    Ok(0)
                };
            }
            let len = room(buffer, until - self.position);
            buffer[..len].fill(0);
            self.position += len as u64;
            return Ok(len);
        }
        let Some((segment, image)) = run else {
            return Ok(0);
        };
        let into = self.position - segment.offset;
        let len = room(buffer, segment.len - into);
        let count = self.image.read_at(&mut buffer[..len], image + into)?;
        if count == 0 && len > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.position += count as u64;
        if self.position == segment.offset + segment.len {
            self.next += 1;
        }
        Ok(count)
    }
}

fn room(buffer: &[u8], left: u64) -> usize {
    usize::try_from(left)
        .unwrap_or(usize::MAX)
        .min(buffer.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn extent(logical: u64, physical: u64, len: u32) -> Extent {
        Extent {
            logical,
            physical,
            len,
        }
    }

    #[test]
    fn neighbours_are_joined_and_the_end_is_cut() {
        let extents = Extents::new(&[extent(1, 5, 1), extent(2, 6, 4)], 3 * 4096 + 7).unwrap();
        let segments: Vec<_> = extents.segments().collect();
        let offset = 4096;
        assert_eq!(segments, [Segment { offset, len: 8199 }]);
        assert_eq!(
            Extents::new(&[extent(0, 5, 2), extent(1, 9, 1)], 1 << 20),
            None
        );
        let beyond = Extents::new(&[extent(9, 5, 2)], 4096).unwrap();
        assert_eq!(beyond.data_len(), 0);
    }

    #[test]
    fn holes_are_zeros_or_left_out() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[b'x'; 4096 * 3]).unwrap();
        let file = Arc::new(file);
        let never = AtomicBool::new(false);
        let extents = Extents::new(&[extent(1, 2, 1)], 3 * 4096).unwrap();
        let mut all = Vec::new();
        let mut reader = extents.reader(Arc::clone(&file), &never);
        reader.read_to_end(&mut all).unwrap();
        let zeros = vec![0; 4096];
        assert!(all == [&zeros[..], &[b'x'; 4096], &zeros].concat());
        all.clear();
        let reader = extents.reader(file, &never);
        reader.without_holes().read_to_end(&mut all).unwrap();
        assert!(all == [b'x'; 4096]);
    }
}
