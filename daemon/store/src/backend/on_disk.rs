//! sled, and what it leaves to its user.
//!
//! sled's `flush` writes its log with `sync_file_range`, which by sync_file_range(2) brings
//! neither the file's metadata nor a disk's write cache to safety, and it writes values of
//! large nodes into files of their own, under `blobs/`, without any sync. So [`OnDisk::sync`]
//! flushes, and then syncs the log and new blobs itself.

use crate::backend::{Backend, BackendError, Change};
use sled::transaction::{ConflictableTransactionError, TransactionError, Transactional};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// sled's page cache, in bytes: all records of a busy host fit into it.
const CACHE: u64 = 4 << 20;

/// Trees that begin so are not records: sled's default tree, which holds the canary.
const OWN_PREFIX: &str = "__";

/// A database in a directory, whose lock the caller holds.
pub(crate) struct OnDisk {
    db: sled::Db,
    trees: BTreeMap<String, sled::Tree>,
    log: File,
    log_path: PathBuf,
    blobs: PathBuf,
    synced_blobs: BTreeSet<OsString>,
}

impl OnDisk {
    /// Opens or makes the database.
    pub(crate) fn open(dir: &Path) -> Result<Self, BackendError> {
        let db = sled::Config::new()
            .path(dir)
            .cache_capacity(CACHE)
            // Nothing waits for a flush but those that we answer: no thread for it.
            .flush_every_ms(None)
            .open()?;
        let log_path = dir.join("db");
        let log = File::open(&log_path).map_err(|source| BackendError::Sync {
            path: log_path.clone(),
            source,
        })?;
        let mut opened = OnDisk {
            db,
            trees: BTreeMap::new(),
            log,
            log_path,
            blobs: dir.join("blobs"),
            synced_blobs: BTreeSet::new(),
        };
        opened.sync()?;
        sync_path(dir)?;
        Ok(opened)
    }

    /// The canary: a value outside of all records that is there in every database of ours.
    pub(crate) fn canary(&self, key: &str) -> Result<Option<Vec<u8>>, BackendError> {
        Ok(self.db.get(key)?.map(|value| value.to_vec()))
    }

    /// Writes the canary, to disk.
    pub(crate) fn set_canary(&mut self, key: &str, value: &[u8]) -> Result<(), BackendError> {
        self.db.insert(key, value)?;
        self.sync()
    }

    /// A tree, if it is there: `open_tree` would make it.
    fn existing(&mut self, name: &str) -> Result<Option<&sled::Tree>, BackendError> {
        let known = self.trees.contains_key(name)
            || self
                .db
                .tree_names()
                .iter()
                .any(|tree| tree == name.as_bytes());
        if known {
            self.tree(name).map(Some)
        } else {
            Ok(None)
        }
    }

    fn tree(&mut self, name: &str) -> Result<&sled::Tree, BackendError> {
        if !self.trees.contains_key(name) {
            let tree = self.db.open_tree(name)?;
            self.trees.insert(name.to_owned(), tree);
        }
        Ok(&self.trees[name])
    }

    fn sync_blobs(&mut self) -> io::Result<()> {
        let mut there = BTreeSet::new();
        let mut new = false;
        for entry in std::fs::read_dir(&self.blobs)? {
            let name = entry?.file_name();
            if !self.synced_blobs.contains(&name) {
                match File::open(self.blobs.join(&name)) {
                    Ok(blob) => blob.sync_all()?,
                    // sled's own threads remove those that are no longer needed.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(error),
                }
                new = true;
            }
            there.insert(name);
        }
        if new {
            File::open(&self.blobs)?.sync_all()?;
        }
        self.synced_blobs = there;
        Ok(())
    }
}

impl Backend for OnDisk {
    fn get(&mut self, tree: &str, key: &str) -> Result<Option<Vec<u8>>, BackendError> {
        match self.existing(tree)? {
            Some(tree) => Ok(tree.get(key)?.map(|value| value.to_vec())),
            None => Ok(None),
        }
    }

    fn scan(&mut self, name: &str) -> Result<Vec<(String, Vec<u8>)>, BackendError> {
        let Some(tree) = self.existing(name)? else {
            return Ok(Vec::new());
        };
        tree.iter()
            .map(|record| {
                let (key, value) = record?;
                let key = String::from_utf8(key.to_vec()).map_err(|_| {
                    let tree = name.to_owned();
                    BackendError::KeyNotText { tree }
                })?;
                Ok((key, value.to_vec()))
            })
            .collect()
    }

    fn trees(&mut self) -> Result<Vec<String>, BackendError> {
        let mut names: Vec<String> = self
            .db
            .tree_names()
            .iter()
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .filter(|name| !name.starts_with(OWN_PREFIX))
            .collect();
        names.sort_unstable();
        let mut filled = Vec::with_capacity(names.len());
        for name in names {
            if !self.tree(&name)?.is_empty() {
                filled.push(name);
            }
        }
        Ok(filled)
    }

    fn apply(&mut self, changes: &[Change]) -> Result<Vec<bool>, BackendError> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<&str> = changes
            .iter()
            .map(|change| change.tree.as_str())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let trees: Vec<sled::Tree> = names
            .iter()
            .map(|name| self.tree(name).cloned())
            .collect::<Result<_, _>>()?;
        let outcome = trees.as_slice().transaction(|views| {
            let mut existed = Vec::with_capacity(changes.len());
            for change in changes {
                let view = names
                    .binary_search(&change.tree.as_str())
                    .ok()
                    .and_then(|index| views.get(index))
                    .ok_or(ConflictableTransactionError::Abort(()))?;
                let before = match &change.value {
                    Some(value) => view.insert(change.key.as_bytes(), value.as_slice())?,
                    None => view.remove(change.key.as_bytes())?,
                };
                existed.push(before.is_some());
            }
            Ok(existed)
        });
        outcome.map_err(|error| match error {
            TransactionError::Storage(error) => BackendError::Sled(error),
            TransactionError::Abort(()) => BackendError::Sled(sled::Error::ReportableBug(
                "a transaction without one of its trees".to_owned(),
            )),
        })
    }

    fn sync(&mut self) -> Result<(), BackendError> {
        self.db.flush()?;
        self.sync_blobs().map_err(|source| BackendError::Sync {
            path: self.blobs.clone(),
            source,
        })?;
        // The blobs first: the log points to them.
        self.log.sync_data().map_err(|source| BackendError::Sync {
            path: self.log_path.clone(),
            source,
        })
    }
}

fn sync_path(path: &Path) -> Result<(), BackendError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|source| BackendError::Sync {
            path: path.to_owned(),
            source,
        })
}
