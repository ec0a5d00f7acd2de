//! The indexes are merged, and what is left of the layers is written.

use std::{
    io,
    path::Path,
    sync::{Arc, atomic::AtomicBool},
};

use banger_api::Problem;
use banger_oci::{
    blobs::BlobStore,
    digest::Digest,
    flatten::{self, LayerIndex, Limits, Written},
};

use super::{super::convert::size_on_disk, work::Told};
use crate::error;

/// What the writing thread needs.
pub struct Writing {
    /// Has the layers.
    pub blobs: BlobStore,
    /// From the bottom.
    pub layers: Vec<Digest>,
    /// Those that the layers were indexed with.
    pub limits: Limits,
    /// The most that the root file system may have, in bytes.
    pub capacity: u64,
    /// Counts packed bytes.
    pub told: Told,
    /// Ends it.
    pub cancel: Arc<AtomicBool>,
}

impl Writing {
    /// Blocks. Also answers the bytes that the file takes on disk.
    pub fn write(&self, indexes: Vec<LayerIndex>, path: &Path) -> Result<(Written, u64), Problem> {
        let plan = flatten::merge(&indexes, &self.limits).map_err(|e| error::merge(&e))?;
        drop(indexes);
        let mut options = plan.options();
        options.capacity = options.capacity.min(self.capacity);
        let open = |layer: usize| {
            let digest = self.layers.get(layer).ok_or(io::ErrorKind::NotFound)?;
            self.blobs.reader(digest).map_err(io::Error::other)
        };
        let mut seen = vec![0; self.layers.len()];
        let mut progress = |now: flatten::Progress| {
            if let Some(before) = seen.get_mut(now.layer) {
                self.told.add(now.packed_bytes.saturating_sub(*before));
                *before = now.packed_bytes;
            }
        };
        let (limits, cancel) = (&self.limits, &*self.cancel);
        let written = flatten::write(&plan, open, path, &options, limits, &mut progress, cancel)
            .map_err(|source| error::flatten(&source))?;
        Ok((written, size_on_disk(path).unwrap_or(0)))
    }
}
