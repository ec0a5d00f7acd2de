//! What an owner needs of a database: bytes under keys in trees.
//!
//! Two exist: sled on disk, and maps in memory for tests. `tests/conformance.rs` runs the
//! same requests against both.

mod memory;
mod on_disk;

use std::io;

use crate::error::StoreError;

pub(crate) use memory::{Memory, Nowhere};
pub(crate) use on_disk::OnDisk;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The tree; it is made when it is not there.
    pub(crate) tree: String,
    /// The key.
    pub(crate) key: String,
    /// What to write, or `None` to delete.
    pub(crate) value: Option<Vec<u8>>,
}

/// Why the database failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackendError {
    /// sled refused.
    #[error(transparent)]
    Sled(#[from] sled::Error),
    /// A file could not be brought to disk.
    #[error("cannot bring {path} to disk: {source}", path = .path.display())]
    Sync {
        path: std::path::PathBuf,
        source: std::io::Error,
    },
    /// A key that we did not write.
    #[error("a key of {tree} is no text")]
    KeyNotText { tree: String },
}

impl BackendError {
    /// Whether there was no space: all else is no reason to try again.
    pub(crate) fn is_no_space(&self) -> bool {
        let source = match self {
            BackendError::Sled(sled::Error::Io(source)) | BackendError::Sync { source, .. } => {
                source
            }
            BackendError::Sled(_) | BackendError::KeyNotText { .. } => return false,
        };
        matches!(
            source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        )
    }
}

/// Where a database is opened anew, whose writes failed.
pub(crate) trait Source {
    /// The database.
    type Database: Backend;

    /// Whether there is space for writes.
    fn has_room(&self) -> bool;

    /// Sets some space aside where there is plenty, unless that was done.
    fn set_aside(&mut self);

    /// Gives up what was set aside.
    fn give_up(&mut self);

    /// Opens it as it is on disk, whatever was in memory. The one that failed was dropped.
    fn reopen(&mut self) -> Result<Self::Database, StoreError>;
}

/// Bytes under keys, in trees. Used by one thread.
pub(crate) trait Backend {
    /// A value.
    fn get(&mut self, tree: &str, key: &str) -> Result<Option<Vec<u8>>, BackendError>;

    /// All of a tree, in the keys' byte order; empty when there is no such tree.
    fn scan(&mut self, tree: &str) -> Result<Vec<(String, Vec<u8>)>, BackendError>;

    /// The names of the trees that have records, in order.
    fn trees(&mut self) -> Result<Vec<String>, BackendError>;

    /// Makes all changes in their order, or none; says for each whether its key was there
    /// before. They survive a kill of the process or of the host only after [`Backend::sync`],
    /// but never in part.
    fn apply(&mut self, changes: &[Change]) -> Result<Vec<bool>, BackendError>;

    /// Brings what was applied to disk.
    fn sync(&mut self) -> Result<(), BackendError>;
}
