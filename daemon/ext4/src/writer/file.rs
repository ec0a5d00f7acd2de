//! Regular files: blocks for the data, then the data.

use std::io::Read;
use std::sync::atomic::Ordering;

use crate::entry::{FileData, Metadata};
use crate::sys::{BLOCK_SIZE, Extent};

use super::data::DataError;
use super::error::WriteError;
use super::inode::{EXTENT_MAX_BLOCKS, INLINE_EXTENTS, Inode};
use super::layout::{self, Run};
use super::tree::FileType;
use super::{ImageWriter, Result};

impl ImageWriter<'_> {
    /// Writes a file's inode and data; answers its inode number.
    pub(super) fn write_file<R: Read + ?Sized>(
        &mut self,
        metadata: &Metadata,
        data: &FileData,
        source: &mut R,
    ) -> Result<u32> {
        if data.size > self.max_file_size {
            return Err(WriteError::FileTooLarge {
                size: data.size,
                limit: self.max_file_size,
            });
        }
        let runs = layout::runs(data).ok_or(WriteError::SparseMap)?;
        let blocks: u64 = runs.iter().map(|run| run.len).sum();
        self.check_space(blocks)?;
        let extents = self.allocate(&runs)?;

        let mut inode = Inode::new(FileType::File, metadata);
        inode.set_size(data.size);
        inode.add_blocks(blocks);
        let ino = self.new_inode(false)?;
        self.write_mapped(ino, inode, &extents)?;

        self.write_data(data, &extents, source)?;
        self.summary.data_bytes += data.data_len();
        Ok(ino)
    }

    /// Writes an inode and maps its data.
    pub(super) fn write_mapped(
        &mut self,
        ino: u32,
        mut inode: Inode,
        extents: &[Extent],
    ) -> Result<()> {
        let (inline, appended) = match extents.len() {
            0..=INLINE_EXTENTS => (extents, [].as_slice()),
            _ => ([].as_slice(), extents),
        };
        inode.set_extents(inline);
        self.write_inode(ino, inode)?;
        if !appended.is_empty() {
            self.fs
                .append_extents(ino, appended)
                .map_err(|e| self.library(e))?;
        }
        Ok(())
    }

    /// Takes blocks for the runs, each as contiguous as the image allows.
    pub(super) fn allocate(&mut self, runs: &[Run]) -> Result<Vec<Extent>> {
        let mut extents: Vec<Extent> = Vec::new();
        for run in runs {
            let (mut logical, mut missing) = (run.first, run.len);
            while missing > 0 {
                let wanted = missing.min(EXTENT_MAX_BLOCKS);
                let range = self
                    .fs
                    .allocate_blocks(self.next_block, wanted)
                    .map_err(|e| self.library(e))?;
                self.next_block = range.start + range.len;
                extents.push(Extent {
                    logical,
                    physical: range.start,
                    len: range.len as u32,
                });
                logical += range.len;
                missing -= range.len;
            }
        }
        Ok(extents)
    }

    fn write_data<R: Read + ?Sized>(
        &mut self,
        data: &FileData,
        extents: &[Extent],
        source: &mut R,
    ) -> Result<()> {
        let block = BLOCK_SIZE as u64;
        let cancel = self.cancel;
        let mut segments = data.segments.iter().filter(|segment| segment.len > 0);
        let mut segment = segments.next().copied();
        for extent in extents {
            self.data.seek(extent.physical).map_err(data_error)?;
            let mut position = extent.logical * block;
            let end = position + u64::from(extent.len) * block;
            while position < end {
                let Some(current) = segment.as_mut().filter(|segment| segment.offset < end) else {
                    self.data.zeros(end - position).map_err(data_error)?;
                    break;
                };
                self.data
                    .zeros(current.offset - position)
                    .map_err(data_error)?;
                let len = current.len.min(end - current.offset);
                self.data
                    .copy(source, len, || match cancel.load(Ordering::Relaxed) {
                        true => Err(DataError::Cancelled),
                        false => Ok(()),
                    })
                    .map_err(data_error)?;
                position = current.offset + len;
                current.offset = position;
                current.len -= len;
                if current.len == 0 {
                    segment = segments.next().copied();
                }
            }
        }
        Ok(())
    }

    fn check_space(&self, blocks: u64) -> Result<()> {
        let free = self.fs.free_blocks();
        if blocks > free {
            return Err(WriteError::NoSpace {
                needed: blocks * BLOCK_SIZE as u64,
                free: free * BLOCK_SIZE as u64,
                capacity: self.fs.blocks() * BLOCK_SIZE as u64,
            });
        }
        Ok(())
    }
}

pub(super) fn data_error(error: DataError) -> WriteError {
    match error {
        DataError::Source(source) => WriteError::Data(source),
        DataError::Short(missing) => WriteError::DataTooShort { missing },
        DataError::Image(source) => WriteError::image(source),
        DataError::Cancelled => WriteError::Cancelled,
    }
}
