//! What can go wrong.

use std::io;
use std::path::PathBuf;

/// Why a request of the store has no answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it open.
    #[error("the database in {dir} is in use{by}", dir = .dir.display(), by = by(*.pid))]
    AlreadyOpen {
        /// The database's directory.
        dir: PathBuf,
        /// Whose process it is, when that is known.
        pid: Option<u32>,
    },
    /// The directory cannot be made or read.
    #[error("cannot use {path} for the database: {source}", path = .path.display())]
    Directory {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It was made once and has lost its records. Going on would treat every VM as unknown.
    #[error(
        "the database in {dir} was made before and is empty now: some of its files were lost. \
         Restore them from a backup, or move the directory away to begin anew",
        dir = .dir.display()
    )]
    Emptied {
        /// The database's directory.
        dir: PathBuf,
    },
    /// It was made by a version that stores differently.
    #[error("the database in {dir} has format {found:?}, and this version knows {known:?}", dir = .dir.display())]
    Format {
        /// The database's directory.
        dir: PathBuf,
        /// What was found.
        found: String,
        /// What is known.
        known: String,
    },
    /// The database refused.
    #[error("the database failed: {problem}")]
    Database {
        /// What it said.
        problem: String,
    },
    /// An earlier write failed, and what is on disk is uncertain: nothing is written any more.
    #[error("the database takes no writes since one failed ({problem}); restart the daemon")]
    ReadOnly {
        /// What the failed write said.
        problem: String,
    },
    /// There was no space for an earlier write. The next one that finds space goes on.
    #[error("the database takes no writes until there is space again ({problem})")]
    Full {
        /// What the failed write said.
        problem: String,
    },
    /// It was closed, or its thread is gone.
    #[error("the database is closed")]
    Closed,
    /// A key that cannot be one.
    #[error("{key:?} cannot be a key of {tree}: it must have 1 to {max} bytes", max = crate::MAX_KEY)]
    Key {
        /// The tree.
        tree: String,
        /// The key.
        key: String,
    },
    /// A record cannot be written or read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Records are imported into an empty store only.
    #[error("records can be imported into an empty database only; this one has {0:?}")]
    NotEmpty(String),
    /// An export cannot be written or read.
    #[error("cannot use this export: {0}")]
    Export(String),
}

fn by(pid: Option<u32>) -> String {
    match pid {
        Some(pid) => format!(" by process {pid}"),
        None => String::new(),
    }
}

/// Why one record cannot be used. The others are not affected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {key:?} of {tree}: {problem}")]
pub struct RecordError {
    /// The tree.
    pub tree: String,
    /// The key.
    pub key: String,
    /// What is wrong with it.
    pub problem: RecordProblem,
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordProblem {
    /// It cannot be written as JSON.
    #[error("cannot be written: {0}")]
    Unwritable(String),
    /// It is larger than [`crate::MAX_RECORD`].
    #[error("it has {0} bytes, and a record at most {max}", max = crate::MAX_RECORD)]
    TooLarge(usize),
    /// It does not even have a version.
    #[error("it is cut short")]
    CutShort,
    /// It is no JSON, or not that of such a record.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// It was written by a newer version.
    #[error("it has version {found}, and this program knows versions up to {known}")]
    Newer {
        /// Its version.
        found: u16,
        /// The program's.
        known: u16,
    },
    /// Its migration refused.
    #[error("cannot be migrated from version {from}: {problem}")]
    Migration {
        /// Its version.
        from: u16,
        /// What the migration said.
        problem: String,
    },
}
