//! What is wrong with an archive, and where.

use std::io;

/// A problem with its place.
#[derive(Debug, thiserror::Error)]
#[error("{}at byte {offset} of the archive: {problem}", member.as_deref().map(|name| format!("{name:?} ")).unwrap_or_default())]
pub struct ArchiveError {
    /// The member's name, where it is known.
    pub member: Option<String>,
    /// Where its header starts, in bytes of the unpacked archive.
    pub offset: u64,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with an archive.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The first block is no tar header.
    #[error(
        "this is not a tar archive; give a root file system as tar, plain or packed with gzip, xz or zstd"
    )]
    NotATar,
    /// A later block is no tar header.
    #[error("there is no tar header here; the archive is damaged, make or fetch it again")]
    BadHeader,
    /// It ends too early.
    #[error("the archive ends too early; it is incomplete, make or fetch it again")]
    Truncated,
    /// A field of the header is not a number, or out of range.
    #[error("the header's {0} is not a number that is possible here; the archive is damaged")]
    BadNumber(&'static str),
    /// A record of an extended header is malformed.
    #[error("its extended (PAX) header is malformed: {0}")]
    BadPax(&'static str),
    /// An extended header, a long name or a map of holes is larger than any real one.
    #[error("its {what} takes {size} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Which.
        what: &'static str,
        /// As claimed.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The map of a sparse file is malformed.
    #[error("its map of holes is malformed")]
    BadSparseMap,
    /// An access control list in text that cannot be turned into numbers: it names a user or
    /// group of the machine where the archive was made.
    #[error(
        "its access control list has the entry {0:?}, which has no number; \
make the archive with tar --xattrs --xattrs-include='*' and without --acls"
    )]
    BadAcl(String),
    /// A type of member that has no place in a file tree.
    #[error(
        "its type {0:?} is not supported; make the archive with GNU tar or bsdtar as one volume"
    )]
    UnsupportedType(char),
    /// The tar ends, but something follows without end.
    #[error("more than {0} bytes follow the archive's end")]
    TrailingData(u64),
    /// Reading or unpacking failed.
    #[error("reading failed: {0}")]
    Io(#[source] io::Error),
}
