//! Errors of libext2fs, as text and as what a caller can act upon.

use std::ffi::CStr;
use std::io;
use std::sync::{Mutex, Once, PoisonError};

use super::bindings;

/// What a call of libext2fs answered.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// No free block: the image's capacity is used up.
    #[error("the image has no free block left")]
    NoBlocks,
    /// No free inode: the image holds as many files as it can.
    #[error("the image has no free inode left")]
    NoInodes,
    /// The extended attributes of one file exceed its inode and one block (4 KiB).
    #[error("the extended attributes of one file take more than 4 KiB")]
    XattrSpace,
    /// The operating system refused, for instance for want of disk space.
    #[error("{call}: {source}")]
    Os {
        /// The library's function.
        call: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// Any other code of the library's table; a corrupt image or a mistake of ours.
    #[error("{call}: {message} (libext2fs code {code})")]
    Code {
        /// The library's function.
        call: &'static str,
        /// The library's number.
        code: i64,
        /// The library's text for it.
        message: String,
    },
}

/// Turns the library's answer into a result.
pub(super) fn check(call: &'static str, code: bindings::Errcode) -> Result<(), LibraryError> {
    match code {
        0 => Ok(()),
        bindings::ET_BLOCK_ALLOC_FAIL => Err(LibraryError::NoBlocks),
        bindings::ET_INODE_ALLOC_FAIL => Err(LibraryError::NoInodes),
        bindings::ET_EA_NO_SPACE => Err(LibraryError::XattrSpace),
        // com_err's tables start far above every errno.
        1..4096 => Err(LibraryError::Os {
            call,
            source: io::Error::from_raw_os_error(i32::try_from(code).unwrap_or(0)),
        }),
        _ => Err(LibraryError::Code {
            call,
            code,
            message: message(code),
        }),
    }
}

fn message(code: bindings::Errcode) -> String {
    static TABLE: Once = Once::new();
    // error_message() may answer from one static buffer.
    static LOCK: Mutex<()> = Mutex::new(());

    let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: takes no argument; called once, before any look-up.
    TABLE.call_once(|| unsafe { bindings::initialize_ext2_error_table() });
    // SAFETY: answers a NUL-terminated text for every code, valid until the next call,
    // which the lock holds off until the text is copied.
    unsafe {
        CStr::from_ptr(bindings::error_message(code))
            .to_string_lossy()
            .into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_success() {
        assert!(check("x", 0).is_ok());
    }

    #[test]
    fn errno_keeps_its_kind() {
        let Err(LibraryError::Os { source, .. }) = check("x", 28) else {
            panic!("28 is ENOSPC");
        };
        assert_eq!(source.kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn the_codes_of_the_table_are_where_the_header_says() {
        // The texts come from the library: a wrong number would bring a wrong text.
        assert!(message(bindings::ET_BLOCK_ALLOC_FAIL).contains("allocate block"));
        assert!(message(bindings::ET_INODE_ALLOC_FAIL).contains("allocate inode"));
        assert!(message(bindings::ET_EA_NO_SPACE).contains("xtended attribute"));
    }
}
