//! Root file systems as ext4 images, made without root.
//!
//! [`write_tar`] turns a tar, packed or not, into an ext4 image in one stream: nothing is
//! unpacked to the disk, and owners, modes, links, devices, extended attributes and holes
//! are what the archive says. [`Template`] makes empty disks in milliseconds.
//!
//! Everything here blocks; an asynchronous caller runs it on a thread of its own.
//!
//! - `import.rs`       [`write_tar`]: the reader below into the writer below
//! - `decompress/`     plain, gzip, xz, zstd
//! - `archive/`        a tar as a stream of entries
//! - `entry.rs`        an entry: what reader and writer have in common
//! - `path.rs`         which names are taken
//! - `writer/`         entries into an image
//! - `pack/`          [`pack_tar`]: an image's files as a tar stream
//! - `format.rs`       an empty file system, by mke2fs
//! - `template.rs`     empty disks to clone; `clone.rs` sparse copies
//! - `partial_file.rs` nothing half-made stays
//! - `sys/`            libext2fs and one ioctl: all that is unsafe

pub mod archive;
pub mod clone;
pub mod decompress;
pub mod entry;
pub mod format;
mod import;
pub mod pack;
mod partial_file;
pub mod path;
mod sys;
pub mod template;
pub mod writer;

pub use clone::clone_sparse;
pub use import::{ImportError, Progress, write_tar};
pub use pack::{PackError, Packed, pack_tar};
pub use partial_file::PartialFile;
pub use sys::LibraryError;
pub use template::Template;
pub use writer::{ImageWriter, Options, Summary, WriteError};
