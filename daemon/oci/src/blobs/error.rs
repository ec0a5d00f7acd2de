//! What can fail in a blob store.

use crate::digest::Digest;
use std::io;
use std::path::{Path, PathBuf};

/// Why a blob cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// A file of the store failed; a full disk shows as [`io::ErrorKind::StorageFull`].
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not there.
    #[error("the blob {0} is not there")]
    Missing(Digest),
    /// More bytes came than it has.
    #[error("the blob {digest} is longer than the {size} bytes that it should have")]
    TooLong {
        /// The blob.
        digest: Digest,
        /// The bytes that it should have.
        size: u64,
    },
    /// More bytes came than are taken, and its digest is not known yet.
    #[error("a blob is longer than {limit} bytes, the most that is taken")]
    OverLimit {
        /// The bytes that are taken.
        limit: u64,
    },
    /// Fewer bytes came than it has.
    #[error("the blob {digest} ended after {have} of {size} bytes")]
    Truncated {
        /// The blob.
        digest: Digest,
        /// The bytes that came.
        have: u64,
        /// The bytes that it should have.
        size: u64,
    },
    /// Its bytes are others than its name says.
    #[error("the blob {digest} has the digest {found}")]
    DigestMismatch {
        /// Its name.
        digest: Digest,
        /// What its bytes have.
        found: Digest,
    },
}

impl BlobError {
    /// Whether the disk is full.
    pub fn is_no_space(&self) -> bool {
        matches!(self, BlobError::Io { source, .. } if matches!(
            source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        ))
    }
}

/// Says where an I/O error happened.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> BlobError + '_ {
    |source| BlobError::Io {
        path: path.to_owned(),
        source,
    }
}
