//! One blob under way: resumed, bounded, verified.

use super::error::at;
use super::feed::{End, Feed, Follower};
use super::{BlobError, Shared, lock};
use crate::digest::{Digest, Hasher};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// What a blob under way has behind its name.
pub(super) const PARTIAL_SUFFIX: &str = ".partial";

/// The blob's one writer. Dropped without [`BlobWriter::finish`], what it wrote stays, for
/// the next one to go on.
#[derive(Debug)]
pub struct BlobWriter {
    shared: Arc<Shared>,
    digest: Digest,
    size: u64,
    path: PathBuf,
    file: File,
    hasher: HasherBox,
    written: u64,
    feed: Arc<Feed>,
    end: End,
}

/// Hashers have no `Debug` of their own.
struct HasherBox(Hasher);

impl std::fmt::Debug for HasherBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
}

impl BlobWriter {
    /// Opens the part that is there, and hashes it. On an error the digest is free again.
    pub(super) fn open(
        shared: Arc<Shared>,
        digest: Digest,
        size: u64,
        feed: Arc<Feed>,
    ) -> Result<Self, BlobError> {
        let path = shared.partial(&digest);
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        let file = match opened {
            Ok(file) => file,
            Err(error) => {
                leave(&shared, &digest, &feed, End::GaveUp);
                return Err(at(&path)(error));
            }
        };
        // From here on dropping the writer frees the digest.
        let mut writer = BlobWriter {
            hasher: HasherBox(Hasher::new(digest.algorithm())),
            shared,
            digest,
            size,
            path,
            file,
            written: 0,
            feed,
            end: End::GaveUp,
        };
        writer.resume()?;
        Ok(writer)
    }

    fn resume(&mut self) -> Result<(), BlobError> {
        let have = self.file.metadata().map_err(at(&self.path))?.len();
        if have > self.size {
            return self.restart();
        }
        let mut buffer = vec![0; 256 << 10];
        loop {
            let count = self.file.read(&mut buffer).map_err(at(&self.path))?;
            let Some(part) = buffer.get(..count).filter(|part| !part.is_empty()) else {
                break;
            };
            self.hasher.0.update(part);
            self.written += count as u64;
        }
        let written = self.written;
        self.feed.update(|state| state.written = written);
        Ok(())
    }

    /// The blob.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The bytes that it has when it is whole.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The bytes that are there: the next one to ask for.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Follows this writer.
    pub fn follower(&self) -> Follower {
        Follower::new(self.feed.clone(), self.path.clone())
    }

    /// Appends.
    ///
    /// # Errors
    /// [`BlobError::TooLong`] past the blob's size: none of the bytes is taken then.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        if bytes.len() as u64 > self.size - self.written {
            return Err(BlobError::TooLong {
                digest: self.digest.clone(),
                size: self.size,
            });
        }
        self.file.write_all(bytes).map_err(at(&self.path))?;
        self.hasher.0.update(bytes);
        self.written += bytes.len() as u64;
        let written = self.written;
        self.feed.update(|state| state.written = written);
        Ok(())
    }

    /// Throws away what is there, to begin anew.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub fn restart(&mut self) -> Result<(), BlobError> {
        self.file.set_len(0).map_err(at(&self.path))?;
        self.file.seek(SeekFrom::Start(0)).map_err(at(&self.path))?;
        self.hasher = HasherBox(Hasher::new(self.digest.algorithm()));
        self.written = 0;
        self.feed.update(|state| {
            state.written = 0;
            state.verified = false;
            state.restarts += 1;
        });
        Ok(())
    }

    /// Checks that the blob is whole and what its name says, and gives it its name.
    ///
    /// # Errors
    /// [`BlobError::Truncated`], which keeps what there is, [`BlobError::DigestMismatch`],
    /// which removes it, or [`BlobError::Io`].
    pub fn finish(mut self) -> Result<(), BlobError> {
        self.verify()?;
        self.shared.publish(&self.file, &self.path, &self.digest)?;
        self.end = End::Done;
        Ok(())
    }

    /// The first half of [`BlobWriter::finish`]: after [`BlobError::DigestMismatch`] the
    /// writer stands at the blob's beginning again.
    ///
    /// # Errors
    /// As [`BlobWriter::finish`].
    pub fn verify(&mut self) -> Result<(), BlobError> {
        if self.written < self.size {
            return Err(BlobError::Truncated {
                digest: self.digest.clone(),
                have: self.written,
                size: self.size,
            });
        }
        let found = self.hasher.0.clone().finish();
        if found != self.digest {
            self.restart()?;
            return Err(BlobError::DigestMismatch {
                digest: self.digest.clone(),
                found,
            });
        }
        self.feed.update(|state| state.verified = true);
        Ok(())
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        if self.end == End::GaveUp && self.written == 0 {
            // Best effort: the sweep finds what stays.
            let _ = fs::remove_file(&self.path);
        }
        leave(&self.shared, &self.digest, &self.feed, self.end);
    }
}

/// Frees a digest and tells its followers.
fn leave(shared: &Shared, digest: &Digest, feed: &Feed, end: End) {
    lock(&shared.writing).remove(digest);
    feed.update(|state| state.end = Some(end));
}
