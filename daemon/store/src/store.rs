//! The handle.

use crate::backend::{Change, Memory, Nowhere};
use crate::batch::Batch;
use crate::directory;
use crate::error::{RecordError, StoreError};
use crate::export::Export;
use crate::owner::{Owner, Reply, Request};
use crate::record::{MAX_KEY, Record, decode};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use tokio::sync::{mpsc, oneshot};

/// Requests that wait before askers wait too.
const QUEUE: usize = 256;

/// A record of a listing, which may not be readable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<R> {
    /// The key.
    pub key: String,
    /// The record, or what is wrong with it.
    pub record: Result<R, RecordError>,
}

/// A handle to the database; cheap to clone. The database is closed when the last handle is
/// dropped, soon after, or by [`Store::close`].
///
/// A call that is dropped before its answer may still happen.
#[derive(Clone, Debug)]
pub struct Store {
    requests: mpsc::Sender<Request>,
}

impl Store {
    /// Opens the database in `dir`, or makes it there (mode 0700). Blocks while it reads the
    /// log: milliseconds for thousands of records.
    ///
    /// # Errors
    /// When it is in use, cannot be read, or has lost its records.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let dir = dir.to_owned();
        start(move |opened, requests| match directory::open(&dir) {
            Ok((database, directory)) => {
                let _ = opened.send(Ok(()));
                // Only with database and directory closed may another process have it.
                drop(Owner::new(database, directory).serve(requests));
            }
            Err(error) => {
                let _ = opened.send(Err(error));
            }
        })
    }

    /// A database that ends with its handles, for tests.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn in_memory() -> Result<Self, StoreError> {
        start(|opened, requests| {
            let _ = opened.send(Ok(()));
            drop(Owner::new(Memory::default(), Nowhere).serve(requests));
        })
    }

    /// A record, if it is there.
    ///
    /// # Errors
    /// [`StoreError::Record`] when it is there and cannot be read.
    pub async fn get<R: Record>(&self, key: &str) -> Result<Option<R>, StoreError> {
        check_key(R::TREE, key)?;
        let request = |reply| Request::Get {
            tree: R::TREE,
            key: key.to_owned(),
            reply,
        };
        match self.ask(request).await? {
            Some(bytes) => Ok(Some(decode(key, &bytes)?)),
            None => Ok(None),
        }
    }

    /// All records of a kind, in the byte order of their keys.
    ///
    /// # Errors
    /// When one cannot be read; see [`Store::list_each`].
    pub async fn list<R: Record>(&self) -> Result<Vec<(String, R)>, StoreError> {
        let entries = self.list_each().await?;
        entries
            .into_iter()
            .map(|Entry { key, record }| Ok((key, record?)))
            .collect()
    }

    /// As [`Store::list`], with an error in the place of each record that cannot be read: one
    /// of them must not hide the others.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_each<R: Record>(&self) -> Result<Vec<Entry<R>>, StoreError> {
        let request = |reply| Request::List {
            tree: R::TREE,
            reply,
        };
        let records = self.ask(request).await?;
        Ok(records
            .into_iter()
            .map(|(key, bytes)| Entry {
                record: decode(&key, &bytes),
                key,
            })
            .collect())
    }

    /// Writes a record, in place of what is there. It is on disk when this returns.
    ///
    /// # Errors
    /// When the record is too large, or the database fails; it may then be there or not.
    pub async fn put<R: Record>(&self, key: &str, record: &R) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        batch.put(key, record)?;
        self.commit(batch).await
    }

    /// Deletes a record; says whether it was there. It is gone from disk when this returns.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete<R: Record>(&self, key: &str) -> Result<bool, StoreError> {
        let mut batch = Batch::new();
        batch.delete::<R>(key);
        let existed = self.apply(batch.changes).await?;
        Ok(existed.first().copied().unwrap_or(false))
    }

    /// Makes all changes of a batch, or none. They are on disk when this returns.
    ///
    /// # Errors
    /// When a key is none, or the database fails.
    pub async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.apply(batch.changes).await.map(|_| ())
    }

    /// All records, at one moment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export(&self) -> Result<Export, StoreError> {
        let everything = self.ask(|reply| Request::Everything { reply }).await?;
        Ok(Export::from_records(everything))
    }

    /// Writes all records of an export, or none, into a database that has none yet.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`], or when the export has keys or records that cannot be.
    pub async fn import(&self, export: Export) -> Result<(), StoreError> {
        let changes = export.into_changes()?;
        for change in &changes {
            check_key(&change.tree, &change.key)?;
        }
        self.ask(|reply| Request::Import { changes, reply }).await
    }

    /// Closes the database for all handles; waits until another process could open it.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.requests.send(Request::Close { done }).await.is_ok() {
            // The sender is dropped, not used: an error is the news.
            let _ = closed.await;
        }
    }

    async fn apply(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
        for change in &changes {
            check_key(&change.tree, &change.key)?;
        }
        self.ask(|reply| Request::Commit { changes, reply }).await
    }

    async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.requests
            .send(request(reply))
            .await
            .map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

/// Starts an owner's thread and waits until it says that its database is open.
fn start(
    run: impl FnOnce(std::sync::mpsc::SyncSender<Result<(), StoreError>>, &mut mpsc::Receiver<Request>)
    + Send
    + 'static,
) -> Result<Store, StoreError> {
    let (requests, mut queue) = mpsc::channel(QUEUE);
    let (opened, outcome) = sync_channel(1);
    std::thread::Builder::new()
        .name("store".to_owned())
        .spawn(move || run(opened, &mut queue))
        .map_err(|error| StoreError::Database {
            problem: format!("no thread for it: {error}"),
        })?;
    match outcome.recv() {
        Ok(Ok(())) => Ok(Store { requests }),
        Ok(Err(error)) => Err(error),
        // sled panics on some damaged files; its thread's end drops the sender.
        Err(_) => Err(StoreError::Database {
            problem: "its files are damaged".to_owned(),
        }),
    }
}

fn check_key(tree: &str, key: &str) -> Result<(), StoreError> {
    if (1..=MAX_KEY).contains(&key.len()) {
        return Ok(());
    }
    Err(StoreError::Key {
        tree: tree.to_owned(),
        key: key.to_owned(),
    })
}
