//! Removes what no image uses, and keeps what somebody is about to use.

use super::error::at;
use super::writer::PARTIAL_SUFFIX;
use super::{BlobError, BlobStore, Shared, lock};
use crate::digest::{Algorithm, Digest};
use std::collections::HashSet;
use std::fs;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Keeps blobs from being swept until it is dropped: those of a pull whose image has no
/// record yet.
#[derive(Debug)]
pub struct Hold {
    shared: Arc<Shared>,
    digests: Vec<Digest>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut held = lock(&self.shared.held);
        for digest in &self.digests {
            if let Some(count) = held.get_mut(digest) {
                *count -= 1;
                if *count == 0 {
                    held.remove(digest);
                }
            }
        }
    }
}

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl BlobStore {
    /// Keeps blobs, there or not, from being swept.
    pub fn hold<'a>(&self, digests: impl IntoIterator<Item = &'a Digest>) -> Hold {
        let digests: Vec<Digest> = digests.into_iter().cloned().collect();
        let mut held = lock(&self.shared.held);
        for digest in &digests {
            *held.entry(digest.clone()).or_default() += 1;
        }
        Hold {
            shared: self.shared.clone(),
            digests,
        }
    }

    /// Removes every blob that is neither in `keep`, nor held, nor being written; partial
    /// ones and files that are no blobs when they have not changed for `age`.
    ///
    /// # Errors
    /// [`BlobError::Io`]; what was removed before stays removed.
    pub fn sweep(&self, keep: &HashSet<Digest>, age: Duration) -> Result<Swept, BlobError> {
        let mut swept = Swept::default();
        let old = SystemTime::now().checked_sub(age);
        for algorithm in Algorithm::ALL {
            let folder = self.shared.directory.join(algorithm.name());
            for entry in fs::read_dir(&folder).map_err(at(&folder))? {
                let entry = entry.map_err(at(&folder))?;
                let path = entry.path();
                let Ok(metadata) = entry.metadata() else {
                    continue;
                };
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let (hex, partial) = match name.strip_suffix(PARTIAL_SUFFIX) {
                    Some(hex) => (hex, true),
                    None => (&*name, false),
                };
                let digest = Digest::from_hex(algorithm, hex).ok();
                // Both tables stay locked over the removal: nobody begins to use it meanwhile.
                let writing = lock(&self.shared.writing);
                let held = lock(&self.shared.held);
                let used = digest.as_ref().is_some_and(|digest| {
                    writing.contains_key(digest)
                        || held.contains_key(digest)
                        || (!partial && keep.contains(digest))
                });
                let settled = match (metadata.modified(), old) {
                    (Ok(modified), Some(old)) => modified <= old,
                    _ => false,
                };
                if used || ((partial || digest.is_none()) && !settled) {
                    continue;
                }
                match fs::remove_file(&path) {
                    // Another sweep was quicker, or a writer that gave up removed its own.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    removed => removed.map_err(at(&path))?,
                }
                swept.files += 1;
                swept.bytes += metadata.len();
            }
        }
        Ok(swept)
    }
}
