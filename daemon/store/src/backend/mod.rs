//! What an owner needs of a database: bytes under keys in trees.
//!
//! Two exist: sled on disk, and maps in memory for tests. `tests/conformance.rs` runs the
//! same requests against both.

mod memory;
mod on_disk;

pub(crate) use memory::Memory;
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
