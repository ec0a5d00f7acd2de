//! Why an entry cannot go into an image.

use std::io;

use crate::path::PathError;
use crate::sys::LibraryError;

/// What the writer refuses, or what failed under it.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The entry's name.
    #[error(transparent)]
    Name(#[from] PathError),
    /// The name means the root directory, but the entry is something else.
    #[error("the name stands for the root directory, which cannot be replaced")]
    ReplacesRoot,
    /// A component on the way is neither a directory nor a link to one.
    #[error("{0:?} on its way is not a directory")]
    NotADirectory(String),
    /// Following symbolic links took more than 40 steps.
    #[error("its way leads through more than {0} symbolic links: a loop?")]
    TooManySymlinks(u32),
    /// A hard link whose target has not come before.
    #[error("it is a hard link to {0:?}, which has not come before it; the archive is incomplete")]
    LinkTargetMissing(String),
    /// A hard link to a directory.
    #[error("it is a hard link to the directory {0:?}; ext4 has no such thing")]
    LinkToDirectory(String),
    /// More hard links than ext4 can count.
    #[error("its target would get more than {0} hard links, which ext4 cannot count")]
    TooManyLinks(u16),
    /// A symbolic link without a target, or with a longer one than a block holds.
    #[error("its link target is {0} bytes long; ext4 takes 1 to 4095")]
    TargetLength(usize),
    /// A symbolic link's target holds a NUL byte.
    #[error("its link target holds a NUL byte")]
    TargetNul,
    /// A device number that ext4 cannot keep.
    #[error("device {major}:{minor} is beyond 4095:1048575")]
    DeviceNumber {
        /// As given.
        major: u32,
        /// As given.
        minor: u32,
    },
    /// Segments out of order, overlapping, or beyond the file's size.
    #[error("its map of data and holes is not in order")]
    SparseMap,
    /// The file is longer than the options allow.
    #[error(
        "it claims {size} bytes, and the limit for one file is {limit}; raise the image's capacity if that is right"
    )]
    FileTooLarge {
        /// The claimed length.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The file's data does not fit into what is left.
    #[error(
        "it needs {needed} bytes, and the image has {free} of {capacity} left; raise the image's capacity"
    )]
    NoSpace {
        /// Bytes of whole blocks.
        needed: u64,
        /// Bytes left.
        free: u64,
        /// The whole image.
        capacity: u64,
    },
    /// The image has no inode left.
    #[error(
        "the image holds no more than {limit} files; raise the image's capacity or its number of inodes"
    )]
    NoInodes {
        /// Inodes of the image.
        limit: u64,
    },
    /// More entries than the options allow.
    #[error("it is beyond the limit of {0} entries")]
    TooManyEntries(u64),
    /// The names together take more memory than allowed.
    #[error("the names together take more than {0} bytes")]
    NamesTooLong(u64),
    /// Reading the entry's data failed.
    #[error("reading its data failed: {0}")]
    Data(#[source] io::Error),
    /// The data ended before the entry's size.
    #[error("its data ends {missing} bytes early")]
    DataTooShort {
        /// What is missing.
        missing: u64,
    },
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// The disk that holds the image is full.
    #[error("the disk that holds the image is full; free some space and try again")]
    DiskFull,
    /// Writing to the image failed.
    #[error("writing the image failed: {0}")]
    Image(#[source] io::Error),
    /// libext2fs failed.
    #[error("writing the image failed: {0}")]
    Library(LibraryError),
}

impl WriteError {
    /// For an error of the image's own file.
    pub(crate) fn image(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Image(error),
        }
    }
}

/// A name for messages: any bytes, made printable.
pub(crate) fn lossy(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}
