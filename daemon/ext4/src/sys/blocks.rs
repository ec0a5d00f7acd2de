//! Blocks of an open image: who has them, and what is in them.

use std::ptr;

use super::bindings as raw;
use super::error::{LibraryError, check};
use super::filesystem::{BLOCK_SIZE, Filesystem};

/// A run of blocks of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first block.
    pub start: u64,
    /// How many.
    pub len: u64,
}

/// A run of a file's blocks and where the image keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// The first block, counted within the file.
    pub logical: u64,
    /// The first block, counted within the image.
    pub physical: u64,
    /// How many blocks; at most 32,768 (ext4's limit for an extent).
    pub len: u32,
}

impl Filesystem {
    /// Takes one run of at most `len` free blocks, the first at or after `goal`.
    ///
    /// # Errors
    /// [`LibraryError::NoBlocks`].
    pub fn allocate_blocks(&mut self, goal: u64, len: u64) -> Result<Range, LibraryError> {
        let wanted = len.min(1 << 30);
        let (mut start, mut found) = (0, 0);
        // SAFETY: `fs` is open with its bitmaps read; both results are valid to write.
        check("ext2fs_new_range", unsafe {
            raw::ext2fs_new_range(
                self.fs,
                0,
                goal,
                wanted,
                ptr::null_mut(),
                &raw mut start,
                &raw mut found,
            )
        })?;
        let len = found.min(wanted);
        let count = u32::try_from(len).unwrap_or(u32::MAX);
        // SAFETY: the library has just found these blocks free.
        unsafe { raw::ext2fs_block_alloc_stats_range(self.fs, start, count, 1) };
        Ok(Range { start, len })
    }

    /// Appends extents to an inode that has been written, growing its tree where the
    /// inode's own four places do not do.
    ///
    /// # Errors
    /// When no block is left for the tree.
    pub fn append_extents(&mut self, ino: u32, extents: &[Extent]) -> Result<(), LibraryError> {
        let mut handle: raw::ExtentHandle = ptr::null_mut();
        // SAFETY: a null inode makes the handle read its own copy.
        check("ext2fs_extent_open", unsafe {
            raw::ext2fs_extent_open2(self.fs, ino, ptr::null_mut(), &raw mut handle)
        })?;
        let mut result = Ok(());
        for extent in extents {
            let mut extent = raw::RawExtent {
                physical: extent.physical,
                logical: extent.logical,
                len: extent.len,
                flags: 0,
            };
            // SAFETY: `handle` is open; `extent` lives through the call.
            result = check("ext2fs_extent_insert", unsafe {
                raw::ext2fs_extent_insert(handle, raw::EXTENT_INSERT_AFTER, &raw mut extent)
            })
            .and_then(|()| {
                // SAFETY: `handle` is open and stands on the new extent.
                check("ext2fs_extent_fix_parents", unsafe {
                    raw::ext2fs_extent_fix_parents(handle)
                })
            });
            if result.is_err() {
                break;
            }
        }
        // SAFETY: `handle` came from a successful open and is not used again.
        unsafe { raw::ext2fs_extent_free(handle) };
        result
    }

    /// Where an inode's data lies, in ascending order; what is between, or reserved only, is
    /// a hole. For inodes that have an extent tree.
    ///
    /// # Errors
    /// When the image cannot be read.
    pub fn extents(&mut self, ino: u32) -> Result<Vec<Extent>, LibraryError> {
        let mut handle: raw::ExtentHandle = ptr::null_mut();
        // SAFETY: a null inode makes the handle read its own copy.
        check("ext2fs_extent_open", unsafe {
            raw::ext2fs_extent_open2(self.fs, ino, ptr::null_mut(), &raw mut handle)
        })?;
        let mut extents = Vec::new();
        let mut step = raw::EXTENT_ROOT;
        let result = loop {
            let mut extent = raw::RawExtent {
                physical: 0,
                logical: 0,
                len: 0,
                flags: 0,
            };
            // SAFETY: `handle` is open; `extent` is valid to write.
            let code = unsafe { raw::ext2fs_extent_get(handle, step, &raw mut extent) };
            if code == raw::ET_EXTENT_NO_NEXT {
                break Ok(());
            }
            if let Err(error) = check("ext2fs_extent_get", code) {
                break Err(error);
            }
            step = raw::EXTENT_NEXT;
            let skipped = raw::EXTENT_UNINIT | raw::EXTENT_SECOND_VISIT;
            if extent.flags & raw::EXTENT_LEAF != 0 && extent.flags & skipped == 0 {
                extents.push(Extent {
                    logical: extent.logical,
                    physical: extent.physical,
                    len: extent.len,
                });
            }
        };
        // SAFETY: `handle` came from a successful open and is not used again.
        unsafe { raw::ext2fs_extent_free(handle) };
        result.map(|()| extents)
    }

    /// Writes one block of a directory with its checksum.
    ///
    /// # Errors
    /// When the image cannot be written.
    pub fn write_directory_block(
        &mut self,
        ino: u32,
        block: u64,
        data: &mut [u8; BLOCK_SIZE],
    ) -> Result<(), LibraryError> {
        // SAFETY: the buffer is one block.
        check("ext2fs_write_dir_block", unsafe {
            raw::ext2fs_write_dir_block4(self.fs, block, data.as_mut_ptr().cast(), 0, ino)
        })
    }

    /// Reads one block.
    ///
    /// # Errors
    /// When the image cannot be read.
    pub fn read_block(&mut self, block: u64) -> Result<Box<[u8; BLOCK_SIZE]>, LibraryError> {
        let mut data = Box::new([0u8; BLOCK_SIZE]);
        // SAFETY: `io` belongs to the open `fs`; the buffer is one block.
        check("io_channel_read_blk", unsafe {
            raw::io_channel_read_blk64((*self.fs).io, block, 1, data.as_mut_ptr().cast())
        })?;
        Ok(data)
    }

    /// Writes one block.
    ///
    /// # Errors
    /// When the image cannot be written.
    pub fn write_block(&mut self, block: u64, data: &[u8; BLOCK_SIZE]) -> Result<(), LibraryError> {
        // SAFETY: `io` belongs to the open `fs`; the buffer is one block.
        check("io_channel_write_blk", unsafe {
            raw::io_channel_write_blk64((*self.fs).io, block, 1, data.as_ptr().cast())
        })
    }
}
