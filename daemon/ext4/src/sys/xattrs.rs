//! Extended attributes of an open image's inodes.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;

use crate::entry::Xattr;

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

    /// The extended attributes of an inode, by name. POSIX ACLs come as the kernel's system
    /// calls give them.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn xattrs(&mut self, ino: u32) -> Result<Vec<Xattr>, LibraryError> {
        let mut handle: raw::XattrHandle = ptr::null_mut();
        // SAFETY: `fs` is open; `handle` is valid to write.
        check("ext2fs_xattrs_open", unsafe {
            raw::ext2fs_xattrs_open(self.fs, ino, &raw mut handle)
        })?;
        let mut names: Vec<CString> = Vec::new();
        // SAFETY: `handle` is open.
        let mut result = check("ext2fs_xattrs_read", unsafe {
            raw::ext2fs_xattrs_read(handle)
        })
        .and_then(|()| {
            // SAFETY: `handle` is open; `take_name` gets back the pointer to `names`, which
            // lives through the call.
            check("ext2fs_xattrs_iterate", unsafe {
                raw::ext2fs_xattrs_iterate(handle, take_name, (&raw mut names).cast())
            })
        });
        names.sort_unstable();
        let mut xattrs = Vec::new();
        for name in names {
            if result.is_err() {
                break;
            }
            let (mut value, mut len) = (ptr::null_mut::<c_void>(), 0);
            // SAFETY: `handle` is open, `name` is NUL-terminated, both results are valid to write.
            result = check("ext2fs_xattr_get", unsafe {
                raw::ext2fs_xattr_get(handle, name.as_ptr(), &raw mut value, &raw mut len)
            });
            if result.is_ok() {
                let value = if value.is_null() {
                    Vec::new()
                } else {
                    // SAFETY: the library has just filled in `len` bytes there.
                    unsafe { std::slice::from_raw_parts(value.cast::<u8>(), len) }.to_vec()
                };
                let name = name.into_bytes();
                xattrs.push(Xattr { name, value });
            }
            // SAFETY: null, or malloc'ed by the library for us and not used again.
            unsafe { raw::free(value) };
        }
        // SAFETY: `handle` came from a successful open and is not used again.
        unsafe { raw::ext2fs_xattrs_close(&raw mut handle) };
        result.map(|()| xattrs)
    }
}

/// Takes a copy of each name; goes on.
extern "C" fn take_name(
    name: *mut c_char,
    _value: *mut c_char,
    _len: usize,
    names: *mut c_void,
) -> c_int {
    // SAFETY: the library calls this with a NUL-terminated name and with the pointer that
    // `xattrs` handed it, which nothing else uses meanwhile.
    unsafe {
        let names = &mut *names.cast::<Vec<CString>>();
        names.push(CStr::from_ptr(name).to_owned());
    }
    0
}
