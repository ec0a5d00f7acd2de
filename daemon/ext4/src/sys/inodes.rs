//! Inodes of an open image.

use std::ffi::{c_int, c_void};
use std::ptr;

use super::bindings as raw;
use super::error::{LibraryError, check};
use super::filesystem::Filesystem;

/// Bytes in an inode of every image that this crate makes.
pub const INODE_SIZE: usize = 256;
const INODE_SIZE_C: c_int = 256;

/// An inode as it lies on the disk; its checksum is filled in when it is written.
pub type RawInode = [u8; INODE_SIZE];

impl Filesystem {
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
}

/// Whether `i_block` maps blocks: EXT4_EXTENTS_FL is set in `i_flags` (offset 32).
fn has_block_map(inode: &RawInode) -> bool {
    let flags = u32::from_le_bytes([inode[32], inode[33], inode[34], inode[35]]);
    flags & 0x0008_0000 != 0
}
