//! An open ext4 image: a safe handle over libext2fs.
//!
//! It offers what the writer needs and no more: inodes, runs of blocks, extents,
//! extended attributes, directory blocks. File data does not go through it.

use std::ffi::{CString, c_char, c_int, c_void};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use super::bindings as raw;
use super::error::{LibraryError, check};

/// Bytes in a block of every image that this crate makes.
pub const BLOCK_SIZE: usize = 4096;
/// Bytes in an inode of every image that this crate makes.
pub const INODE_SIZE: usize = 256;
const INODE_SIZE_C: c_int = 256;

/// An inode as it lies on the disk; its checksum is filled in when it is written.
pub type RawInode = [u8; INODE_SIZE];

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

/// An ext4 image, open for writing. Dropped without [`Filesystem::close`], it leaves the
/// image in an undefined state.
pub struct Filesystem {
    fs: raw::Filsys,
}

// SAFETY: libext2fs keeps no thread-bound state in a handle; `Filesystem` is its only owner.
unsafe impl Send for Filesystem {}

impl Filesystem {
    /// Opens the image at `path`. `now` (seconds since 1970, not 0) is what the library
    /// stamps on the superblock instead of the clock.
    ///
    /// # Errors
    /// When there is no file system there, or not one with this crate's block size.
    pub fn open(path: &Path, now: u32) -> Result<Self, LibraryError> {
        let name = CString::new(path.as_os_str().as_bytes()).map_err(|_| LibraryError::Os {
            call: "ext2fs_open",
            source: io::ErrorKind::InvalidInput.into(),
        })?;
        let mut fs: raw::Filsys = ptr::null_mut();
        // SAFETY: `name` is NUL-terminated and lives through the call; `fs` is valid to write;
        // the manager is the library's own static.
        check("ext2fs_open", unsafe {
            raw::ext2fs_open(
                name.as_ptr(),
                raw::FLAG_RW | raw::FLAG_64BITS,
                0,
                0,
                raw::unix_io_manager,
                &raw mut fs,
            )
        })?;
        let this = Self { fs };
        // SAFETY: the library has just filled the structure in, and this is its only user.
        unsafe { (*this.fs).now = i64::from(now) };
        // SAFETY: as above.
        if unsafe { (*this.fs).blocksize } as usize != BLOCK_SIZE {
            return Err(LibraryError::Code {
                call: "ext2fs_open",
                code: 0,
                message: format!("the block size is not {BLOCK_SIZE}"),
            });
        }
        // SAFETY: `fs` is open.
        check("ext2fs_read_bitmaps", unsafe {
            raw::ext2fs_read_bitmaps(this.fs)
        })?;
        Ok(this)
    }

    /// Writes everything that is still in memory, without an fsync, and closes.
    ///
    /// # Errors
    /// When a write fails; the image is then useless.
    pub fn close(mut self) -> Result<(), LibraryError> {
        let fs = std::mem::replace(&mut self.fs, ptr::null_mut());
        // SAFETY: `fs` is open; it is freed by a successful close, else by the call below.
        let result = check("ext2fs_close", unsafe {
            raw::ext2fs_mark_super_dirty(fs);
            raw::ext2fs_close2(fs, raw::CLOSE_NO_SYNC)
        });
        if result.is_err() {
            // SAFETY: a failed close leaves the handle allocated.
            unsafe { raw::ext2fs_free(fs) };
        }
        result
    }

    fn superblock(&self) -> *mut raw::Superblock {
        // SAFETY: `fs` is open, and its superblock lives as long as it.
        unsafe { (*self.fs).superblock }
    }

    /// Blocks that are not in use.
    pub fn free_blocks(&self) -> u64 {
        // SAFETY: the superblock is valid while `fs` is open.
        unsafe { raw::ext2fs_free_blocks_count(self.superblock()) }
    }

    /// All blocks of the image.
    pub fn blocks(&self) -> u64 {
        // SAFETY: the superblock is valid while `fs` is open.
        unsafe { raw::ext2fs_blocks_count(self.superblock()) }
    }

    /// All inodes of the image.
    pub fn inodes(&self) -> u64 {
        // SAFETY: the superblock is valid while `fs` is open.
        u64::from(unsafe { (*self.superblock()).inodes_count })
    }

    /// Inodes that are not in use.
    pub fn free_inodes(&self) -> u32 {
        // SAFETY: the superblock is valid while `fs` is open.
        unsafe { (*self.superblock()).free_inodes_count }
    }

    /// Takes the first free inode.
    ///
    /// # Errors
    /// [`LibraryError::NoInodes`].
    pub fn allocate_inode(&mut self, directory: bool) -> Result<u32, LibraryError> {
        let mut ino = 0;
        // SAFETY: `fs` is open with its bitmaps read; `ino` is valid to write.
        check("ext2fs_new_inode", unsafe {
            raw::ext2fs_new_inode(self.fs, 0, 0, ptr::null_mut(), &raw mut ino)
        })?;
        // SAFETY: the library has just found `ino` free.
        unsafe { raw::ext2fs_inode_alloc_stats2(self.fs, ino, 1, c_int::from(directory)) };
        Ok(ino)
    }

    /// Gives an inode back with all of its blocks and extended attributes.
    ///
    /// # Errors
    /// When its blocks cannot be found.
    pub fn free_inode(&mut self, ino: u32, directory: bool) -> Result<(), LibraryError> {
        self.truncate(ino)?;
        let mut inode = self.read_inode(ino)?;
        // SAFETY: the buffer is a whole inode, as large as the library's own.
        check("ext2fs_free_ext_attr", unsafe {
            raw::ext2fs_free_ext_attr(self.fs, ino, inode.as_mut_ptr().cast())
        })?;
        // e2fsck takes an inode for unused when its bitmap bit and link count are zero.
        self.write_inode(ino, &mut [0; INODE_SIZE])?;
        // SAFETY: `ino` was in use.
        unsafe { raw::ext2fs_inode_alloc_stats2(self.fs, ino, -1, c_int::from(directory)) };
        Ok(())
    }

    /// Gives the blocks of an inode's data back.
    ///
    /// # Errors
    /// When they cannot be found.
    pub fn truncate(&mut self, ino: u32) -> Result<(), LibraryError> {
        let mut inode = self.read_inode(ino)?;
        // Devices and short link targets keep no blocks; i_block is not a map there.
        if !has_block_map(&inode) {
            return Ok(());
        }
        let pointer = inode.as_mut_ptr().cast::<c_void>();
        // SAFETY: `pointer` is a whole inode; a null buffer makes the library take its own.
        check("ext2fs_punch", unsafe {
            raw::ext2fs_punch(self.fs, ino, pointer, ptr::null_mut(), 0, u64::MAX)
        })
    }

    /// Reads an inode.
    ///
    /// # Errors
    /// When the image cannot be read.
    pub fn read_inode(&mut self, ino: u32) -> Result<RawInode, LibraryError> {
        let mut inode = [0u8; INODE_SIZE];
        // SAFETY: the buffer is as large as said.
        check("ext2fs_read_inode", unsafe {
            raw::ext2fs_read_inode_full(self.fs, ino, inode.as_mut_ptr().cast(), INODE_SIZE_C)
        })?;
        Ok(inode)
    }

    /// Writes an inode with its checksum.
    ///
    /// # Errors
    /// When the image cannot be written.
    pub fn write_inode(&mut self, ino: u32, inode: &mut RawInode) -> Result<(), LibraryError> {
        // SAFETY: the buffer is as large as said.
        check("ext2fs_write_inode", unsafe {
            raw::ext2fs_write_inode_full(self.fs, ino, inode.as_mut_ptr().cast(), INODE_SIZE_C)
        })
    }

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

    /// Sets extended attributes of an inode that has been written. POSIX ACLs are given as
    /// the kernel's system calls take them.
    ///
    /// # Errors
    /// [`LibraryError::XattrSpace`] when they do not fit.
    pub fn set_xattrs<'a>(
        &mut self,
        ino: u32,
        xattrs: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<(), LibraryError> {
        let mut handle: raw::XattrHandle = ptr::null_mut();
        // SAFETY: `fs` is open; `handle` is valid to write.
        check("ext2fs_xattrs_open", unsafe {
            raw::ext2fs_xattrs_open(self.fs, ino, &raw mut handle)
        })?;
        // SAFETY: `handle` is open.
        let mut result = check("ext2fs_xattrs_read", unsafe {
            raw::ext2fs_xattrs_read(handle)
        });
        for (name, value) in xattrs {
            if result.is_err() {
                break;
            }
            let Ok(name) = CString::new(name) else {
                continue;
            };
            // SAFETY: `name` is NUL-terminated, `value` is as long as said; both are copied.
            result = check("ext2fs_xattr_set", unsafe {
                raw::ext2fs_xattr_set(
                    handle,
                    name.as_ptr().cast::<c_char>(),
                    value.as_ptr().cast(),
                    value.len(),
                )
            });
        }
        // SAFETY: `handle` came from a successful open and is not used again.
        unsafe { raw::ext2fs_xattrs_close(&raw mut handle) };
        result
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

impl Drop for Filesystem {
    fn drop(&mut self) {
        if !self.fs.is_null() {
            // SAFETY: `fs` is open and not used again.
            unsafe { raw::ext2fs_free(self.fs) };
        }
    }
}

/// Whether `i_block` maps blocks: EXT4_EXTENTS_FL is set in `i_flags` (offset 32).
fn has_block_map(inode: &RawInode) -> bool {
    let flags = u32::from_le_bytes([inode[32], inode[33], inode[34], inode[35]]);
    flags & 0x0008_0000 != 0
}
