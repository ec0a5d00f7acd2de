//! Everything unsafe of this crate: libext2fs and one ioctl.
//!
//! - `bindings.rs`   declarations of libext2fs, by hand
//! - `filesystem.rs` a safe file system handle over them
//! - `error.rs`      the library's error codes
//! - `reflink.rs`    the FICLONE ioctl

#![allow(unsafe_code)]

mod bindings;
mod error;
mod filesystem;
mod reflink;

pub use error::LibraryError;
pub use filesystem::{BLOCK_SIZE, Extent, Filesystem, INODE_SIZE, RawInode};
pub use reflink::reflink;
