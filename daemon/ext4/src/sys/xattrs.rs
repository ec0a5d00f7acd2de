//! Extended attributes of an open image's inodes.

use std::ffi::{CString, c_char};
use std::ptr;

use super::bindings as raw;
use super::error::{LibraryError, check};
use super::filesystem::Filesystem;

impl Filesystem {
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
}
