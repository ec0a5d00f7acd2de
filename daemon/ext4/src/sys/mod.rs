//! Everything unsafe of this crate: libext2fs and two calls.
//!
//! - `bindings.rs`   declarations of libext2fs, by hand
//! - `filesystem.rs` a safe file system handle over them; `inodes.rs`, `blocks.rs` and
//!   `xattrs.rs` are its methods
//! - `error.rs`      the library's error codes
//! - `reflink.rs`    the FICLONE ioctl
//! - `writeback.rs`  sync_file_range

#![allow(unsafe_code)]

mod bindings;
mod blocks;
mod error;
mod filesystem;
mod inodes;
mod reflink;
mod writeback;
mod xattrs;

pub use blocks::Extent;
pub use error::LibraryError;
pub use filesystem::{BLOCK_SIZE, Filesystem};
pub use inodes::{INODE_SIZE, RawInode};
pub use reflink::reflink;
pub use writeback::begin_writeback;
