//! An open ext4 image: a safe handle over libext2fs.
//!
//! It offers what the writer and the reader need and no more; file data does not go through it. Here it is
//! opened, closed and counted; its other methods are in `inodes.rs`, `blocks.rs` and
//! `xattrs.rs`.

use std::ffi::{CString, c_int};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use super::bindings as raw;
use super::error::{LibraryError, check};

/// Bytes in a block of every image that this crate makes.
pub const BLOCK_SIZE: usize = 4096;
/// An open ext4 image. One that is open for writing and dropped without
/// [`Filesystem::close`] is left in an undefined state.
pub struct Filesystem {
    pub(super) fs: raw::Filsys,
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
        let this = Self::open_with(path, raw::FLAG_RW)?;
        // SAFETY: the library has just filled the structure in, and this is its only user.
        unsafe { (*this.fs).now = i64::from(now) };
        // SAFETY: `fs` is open.
        check("ext2fs_read_bitmaps", unsafe {
            raw::ext2fs_read_bitmaps(this.fs)
        })?;
        Ok(this)
    }

    /// Opens the image at `path` for reading alone: what writes fails.
    ///
    /// # Errors
    /// As [`Filesystem::open`].
    pub fn open_read_only(path: &Path) -> Result<Self, LibraryError> {
        Self::open_with(path, 0)
    }

    fn open_with(path: &Path, flags: c_int) -> Result<Self, LibraryError> {
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
                flags | raw::FLAG_64BITS,
                0,
                0,
                raw::unix_io_manager,
                &raw mut fs,
            )
        })?;
        let this = Self { fs };
        // SAFETY: the library has just filled the structure in, and this is its only user.
        if unsafe { (*this.fs).blocksize } as usize != BLOCK_SIZE {
            return Err(LibraryError::Code {
                call: "ext2fs_open",
                code: 0,
                message: format!("the block size is not {BLOCK_SIZE}"),
            });
        }
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
}

impl Drop for Filesystem {
    fn drop(&mut self) {
        if !self.fs.is_null() {
            // SAFETY: `fs` is open and not used again.
            unsafe { raw::ext2fs_free(self.fs) };
        }
    }
}
