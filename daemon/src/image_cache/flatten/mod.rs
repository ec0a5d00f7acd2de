//! Layers become an ext4: indexed side by side, merged, written once.
//!
//! | file | role |
//! |---|---|
//! | `indexing.rs` | what is in the layers, read while they come |
//! | `writing.rs` | merged and written |
//! | `work.rs` | threads that are told of and can be cancelled |

mod indexing;
mod work;
mod writing;

use std::path::Path;

use banger_api::Problem;
use banger_oci::{blobs::BlobStore, digest::Digest, flatten::Limits, manifest::Image};

use crate::{error, operation::Reporter};
use indexing::Indexing;
use work::Work;
use writing::Writing;

/// What came of it.
#[derive(Debug)]
pub struct Flat {
    /// The names of the users in /etc/passwd.
    pub users: Vec<String>,
    /// On disk, in bytes.
    pub size: u64,
    /// Files, directories and the like.
    pub entries: u64,
}

/// The making of one image's root file system. Dropped, its threads end soon.
pub struct Flattening {
    image: Image,
    blobs: BlobStore,
    limits: Limits,
    capacity: u64,
    indexing: Indexing,
    work: Work,
}

impl Flattening {
    /// Of an image whose layers are in the store, or will be. `capacity` is in bytes.
    pub fn new(blobs: &BlobStore, image: &Image, capacity: u64) -> Self {
        let limits = Limits {
            file_bytes: capacity,
            ..Limits::default()
        };
        let work = Work::new(image.manifest.layer_bytes());
        Self {
            image: image.clone(),
            blobs: blobs.clone(),
            indexing: Indexing::new(blobs, &limits, &work),
            limits,
            capacity,
            work,
        }
    }

    /// Begins to read a layer that is there or on its way.
    pub fn begin(&self, digest: &Digest) {
        self.indexing.begin(digest);
    }

    /// Writes the layers, which are all there now, as `rootfs.ext4` into `directory`. Ends
    /// soon after the reporter was cancelled; the caller removes the directory on an error.
    pub async fn finish(self, directory: &Path, reporter: &Reporter) -> Result<Flat, Problem> {
        reporter.stage("reading layers");
        let indexing = self.indexing.all(&self.image);
        let indexes = self.work.run(reporter, indexing).await?;
        reporter.stage("writing the root file system");
        let writing = Writing {
            blobs: self.blobs.clone(),
            layers: digests(&self.image),
            limits: self.limits.clone(),
            capacity: self.capacity,
            told: self.work.restart(),
            cancel: self.work.cancel(),
        };
        let path = directory.join("rootfs.ext4");
        let thread = tokio::task::spawn_blocking(move || writing.write(indexes, &path));
        let writing = async { thread.await.map_err(error::aborted)? };
        let (written, size) = self.work.run(reporter, writing).await?;
        Ok(Flat {
            users: written.users.into_iter().map(|user| user.name).collect(),
            size,
            entries: written.summary.entries,
        })
    }
}

fn digests(image: &Image) -> Vec<Digest> {
    let layers = image.manifest.layers.iter();
    layers
        .map(|layer| layer.descriptor.digest.clone())
        .collect()
}
