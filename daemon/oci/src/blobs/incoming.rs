//! A blob whose digest is not known yet: from an archive that is read in one pass.

use super::error::at;
use super::{BlobError, Shared};
use crate::digest::{Algorithm, Digest, Hasher};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Where they are written.
pub(super) const DIRECTORY: &str = "incoming";

/// A blob on its way in. Dropped without a `finish`, it is removed.
pub struct Incoming {
    shared: Arc<Shared>,
    path: PathBuf,
    file: File,
    hasher: Hasher,
    written: u64,
    limit: u64,
    kept: bool,
}

impl Incoming {
    pub(super) fn create(shared: Arc<Shared>, limit: u64) -> Result<Self, BlobError> {
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        let path = shared.directory.join(DIRECTORY).join(number.to_string());
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(at(&path))?;
        Ok(Incoming {
            shared,
            path,
            file,
            hasher: Hasher::new(Algorithm::Sha256),
            written: 0,
            limit,
            kept: false,
        })
    }

    /// The bytes so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Appends.
    ///
    /// # Errors
    /// [`BlobError::OverLimit`] or [`BlobError::Io`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        if bytes.len() as u64 > self.limit - self.written {
            return Err(BlobError::OverLimit { limit: self.limit });
        }
        self.file.write_all(bytes).map_err(at(&self.path))?;
        self.hasher.update(bytes);
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// The SHA-256 of the bytes so far: what must be held for a finished blob to stay.
    pub fn digest(&self) -> Digest {
        self.hasher.clone().finish()
    }

    /// Reads what was written, from its start.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub fn reader(&self) -> Result<File, BlobError> {
        File::open(&self.path).map_err(at(&self.path))
    }

    /// Files it under its SHA-256.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub fn finish(mut self) -> Result<(Digest, u64), BlobError> {
        let digest = self.hasher.clone().finish();
        if self.shared.path(&digest).exists() {
            return Ok((digest, self.written));
        }
        self.shared.publish(&self.file, &self.path, &digest)?;
        self.kept = true;
        Ok((digest, self.written))
    }

    /// Files it under a digest that the caller has checked: one that is no SHA-256.
    pub(crate) fn finish_as(mut self, digest: &Digest) -> Result<(), BlobError> {
        self.shared.publish(&self.file, &self.path, digest)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.kept {
            // Best effort: opening the store removes what stays.
            let _ = fs::remove_file(&self.path);
        }
    }
}
