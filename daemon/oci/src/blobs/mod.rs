//! The blob store: content by digest, in a directory.
//!
//! ```text
//! DIR/sha256/<hex>            a blob: whole, verified, never written again
//! DIR/sha256/<hex>.partial    one under way; what an earlier process left is resumed
//! DIR/incoming/<n>            one whose digest shows when it ends
//! ```
//!
//! A blob appears under its name by a rename, after its digest was checked and its bytes
//! were synced. Writers of the same digest exclude one another: the second gets a
//! [`Follower`]. One process uses a directory at a time; the daemon's lock sees to it.
//! Everything here blocks; an asynchronous caller runs it on a thread of its own.
//!
//! | file | role |
//! |---|---|
//! | `writer.rs` | one blob under way, resumed and bounded |
//! | `feed.rs` | how far a writer is; readers that follow it while it writes |
//! | `incoming.rs` | a blob whose digest is not known yet |
//! | `sweep.rs` | removes what no image uses |
//! | `error.rs` | what can fail |

mod error;
mod feed;
mod incoming;
mod sweep;
#[cfg(test)]
mod tests;
mod writer;

pub use error::BlobError;
pub use feed::{End, Follower, State};
pub use incoming::Incoming;
pub use sweep::{Hold, Swept};
pub use writer::BlobWriter;

use crate::digest::{Algorithm, Digest};
use bytes::Bytes;
use error::at;
use feed::Feed;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A directory of blobs. Clones share it.
#[derive(Clone, Debug)]
pub struct BlobStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    directory: PathBuf,
    /// Blobs that somebody writes.
    writing: Mutex<HashMap<Digest, Arc<Feed>>>,
    /// Blobs that must stay, and for how many.
    held: Mutex<HashMap<Digest, usize>>,
    /// Numbers files in `incoming/`.
    next: AtomicU64,
}

/// What [`BlobStore::reserve`] gives.
#[derive(Debug)]
pub enum Reserved {
    /// The blob is there.
    Present,
    /// It is the caller's to write.
    Write(Box<BlobWriter>),
    /// Somebody writes it.
    Follow(Follower),
}

impl BlobStore {
    /// Opens a directory, and makes it when it is not there. What an earlier process left
    /// in `incoming/` cannot be resumed and is removed.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self, BlobError> {
        let directory = directory.into();
        let incoming = directory.join(incoming::DIRECTORY);
        match fs::remove_dir_all(&incoming) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(at(&incoming)(error));
            }
            Ok(()) | Err(_) => {}
        }
        let algorithms = Algorithm::ALL.map(|algorithm| directory.join(algorithm.name()));
        for path in algorithms.iter().chain([&incoming]) {
            fs::create_dir_all(path).map_err(at(path))?;
        }
        Ok(BlobStore {
            shared: Arc::new(Shared {
                directory,
                writing: Mutex::default(),
                held: Mutex::default(),
                next: AtomicU64::new(0),
            }),
        })
    }

    /// Where a blob is, or would be.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        self.shared.path(digest)
    }

    /// A blob's length in bytes; `None` when it is not there whole.
    pub fn size(&self, digest: &Digest) -> Option<u64> {
        Some(fs::metadata(self.path(digest)).ok()?.len())
    }

    /// Opens a blob to read it.
    ///
    /// # Errors
    /// [`BlobError::Missing`] or [`BlobError::Io`].
    pub fn reader(&self, digest: &Digest) -> Result<File, BlobError> {
        let path = self.path(digest);
        File::open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => BlobError::Missing(digest.clone()),
            _ => at(&path)(error),
        })
    }

    /// Reads a blob that is there, or that somebody writes: then it waits for each byte, fails
    /// when the writer gives up or begins anew, and ends only when the blob is verified.
    ///
    /// # Errors
    /// As [`BlobStore::reader`].
    pub fn arriving(&self, digest: &Digest) -> Result<Box<dyn Read + Send>, BlobError> {
        let feed = lock(&self.shared.writing).get(digest).cloned();
        if let Some(feed) = feed {
            // A writer that has ended meanwhile has left the blob, or nothing.
            if let Ok(reader) = Follower::new(feed, self.shared.partial(digest)).reader() {
                return Ok(Box::new(reader));
            }
        }
        Ok(Box::new(self.reader(digest)?))
    }

    /// Reads a small blob whole, and checks it.
    ///
    /// # Errors
    /// As [`BlobStore::reader`]; [`BlobError::TooLong`] past `limit`;
    /// [`BlobError::DigestMismatch`] when it is not what its name says.
    pub fn read(&self, digest: &Digest, limit: u64) -> Result<Bytes, BlobError> {
        let mut bytes = Vec::new();
        self.reader(digest)?
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(at(&self.path(digest)))?;
        if bytes.len() as u64 > limit {
            return Err(BlobError::TooLong {
                digest: digest.clone(),
                size: limit,
            });
        }
        check(digest, &bytes)?;
        Ok(bytes.into())
    }

    /// Writes a small blob whole.
    ///
    /// # Errors
    /// [`BlobError::DigestMismatch`] or [`BlobError::Io`].
    pub fn put(&self, digest: &Digest, bytes: &[u8]) -> Result<(), BlobError> {
        check(digest, bytes)?;
        if self.size(digest) == Some(bytes.len() as u64) {
            return Ok(());
        }
        let mut incoming = self.incoming(bytes.len() as u64)?;
        incoming.write(bytes)?;
        incoming.finish_as(digest)
    }

    /// Asks for a blob of `size` bytes. Reads and hashes what an earlier attempt left of it.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub fn reserve(&self, digest: &Digest, size: u64) -> Result<Reserved, BlobError> {
        let feed = {
            let mut writing = lock(&self.shared.writing);
            if let Some(feed) = writing.get(digest) {
                let follower = Follower::new(feed.clone(), self.shared.partial(digest));
                return Ok(Reserved::Follow(follower));
            }
            // Under the lock: a writer that ends renames first, then leaves the table.
            if self.size(digest) == Some(size) {
                return Ok(Reserved::Present);
            }
            let feed = Arc::new(Feed::new(size));
            writing.insert(digest.clone(), feed.clone());
            feed
        };
        BlobWriter::open(self.shared.clone(), digest.clone(), size, feed)
            .map(|writer| Reserved::Write(Box::new(writer)))
    }

    /// Begins a blob whose digest is not known yet; it may have `limit` bytes.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub fn incoming(&self, limit: u64) -> Result<Incoming, BlobError> {
        Incoming::create(self.shared.clone(), limit)
    }
}

impl Shared {
    fn path(&self, digest: &Digest) -> PathBuf {
        self.directory
            .join(digest.algorithm().name())
            .join(digest.hex())
    }

    fn partial(&self, digest: &Digest) -> PathBuf {
        let mut name = digest.hex().to_owned();
        name.push_str(writer::PARTIAL_SUFFIX);
        self.directory.join(digest.algorithm().name()).join(name)
    }

    /// Puts a finished file under its digest's name, for good.
    fn publish(&self, file: &File, from: &Path, digest: &Digest) -> Result<(), BlobError> {
        file.sync_data().map_err(at(from))?;
        let to = self.path(digest);
        fs::rename(from, &to).map_err(at(&to))?;
        let folder = self.directory.join(digest.algorithm().name());
        File::open(&folder)
            .and_then(|folder| folder.sync_all())
            .map_err(at(&folder))
    }
}

fn check(digest: &Digest, bytes: &[u8]) -> Result<(), BlobError> {
    let mut hasher = crate::digest::Hasher::new(digest.algorithm());
    hasher.update(bytes);
    let found = hasher.finish();
    if found == *digest {
        return Ok(());
    }
    Err(BlobError::DigestMismatch {
        digest: digest.clone(),
        found,
    })
}

/// A panic elsewhere leaves these tables as they were: every change is one call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
