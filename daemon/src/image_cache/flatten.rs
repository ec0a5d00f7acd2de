//! Layers that are here become an ext4: indexed side by side, merged, written once.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use banger_api::{Problem, ProgressUnit};
use banger_oci::{
    blobs::BlobStore,
    digest::Digest,
    flatten::{self, LayerIndex, Limits, Plan, Written},
    manifest::Image,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::watch;

use super::convert::size_on_disk;
use crate::{error, operation::Reporter};

/// How many layers are unpacked side by side.
const SIDE_BY_SIDE: usize = 4;

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

/// Writes the layers of an image as `rootfs.ext4` into `directory`. Ends soon after the
/// reporter was cancelled; the caller removes the directory on an error.
pub async fn flatten(
    blobs: &BlobStore,
    image: &Image,
    directory: &Path,
    capacity: u64,
    reporter: &Reporter,
) -> Result<Flat, Problem> {
    let limits = Limits {
        file_bytes: capacity,
        ..Limits::default()
    };
    let work = Work::new(reporter, image.manifest.layer_bytes());
    reporter.stage("reading layers");
    let indexes = work.run(index_all(blobs, image, &limits, &work)).await?;
    let (flag, told) = (Arc::clone(&work.cancel), work.start());
    let (store, path) = (blobs.clone(), directory.join("rootfs.ext4"));
    let digests = digests(image);
    let writing = async {
        let written = tokio::task::spawn_blocking(move || {
            let plan = flatten::merge(&indexes, &limits).map_err(|e| error::merge(&e))?;
            drop(indexes);
            write(
                &plan, &store, &digests, &path, capacity, &limits, &told, &flag,
            )
        });
        written.await.map_err(error::aborted)?
    };
    reporter.stage("writing the root file system");
    let (written, size) = work.run(writing).await?;
    Ok(Flat {
        users: written.users.into_iter().map(|user| user.name).collect(),
        size,
        entries: written.summary.entries,
    })
}

fn digests(image: &Image) -> Vec<Digest> {
    let layers = image.manifest.layers.iter();
    layers
        .map(|layer| layer.descriptor.digest.clone())
        .collect()
}

async fn index_all(
    blobs: &BlobStore,
    image: &Image,
    limits: &Limits,
    work: &Work<'_>,
) -> Result<Vec<LayerIndex>, Problem> {
    let told = work.start();
    let layers = digests(image).into_iter().zip(&image.config.diff_ids);
    let indexing = layers.map(|(digest, diff_id)| {
        let (blobs, limits, told) = (blobs.clone(), limits.clone(), told.clone());
        let (cancel, expected) = (Arc::clone(&work.cancel), diff_id.to_string());
        async move {
            let indexed = tokio::task::spawn_blocking(move || {
                index(&blobs, &digest, &limits, &told, &cancel)
            });
            let indexed = indexed.await.map_err(error::aborted)??;
            if indexed.diff_id == expected {
                Ok(indexed.index)
            } else {
                Err(error::layer_differs(&expected, &indexed.diff_id))
            }
        }
    });
    stream::iter(indexing.collect::<Vec<_>>())
        .buffered(SIDE_BY_SIDE)
        .try_collect()
        .await
}

fn index(
    blobs: &BlobStore,
    digest: &Digest,
    limits: &Limits,
    told: &Told,
    cancel: &AtomicBool,
) -> Result<flatten::Indexed, Problem> {
    let layer = blobs.reader(digest).map_err(|e| error::blobs(&e))?;
    let mut before = 0;
    let mut progress = |now: flatten::Progress| {
        told.add(now.packed_bytes.saturating_sub(before));
        before = now.packed_bytes;
    };
    flatten::index_layer(layer, limits, &mut progress, cancel)
        .map_err(|source| error::layer(digest, &source))
}

#[allow(
    clippy::too_many_arguments,
    reason = "one call, on a thread of its own"
)]
fn write(
    plan: &Plan,
    blobs: &BlobStore,
    digests: &[Digest],
    path: &Path,
    capacity: u64,
    limits: &Limits,
    told: &Told,
    cancel: &AtomicBool,
) -> Result<(Written, u64), Problem> {
    let mut options = plan.options();
    options.capacity = options.capacity.min(capacity);
    let open = |layer: usize| {
        let digest = digests.get(layer).ok_or(std::io::ErrorKind::NotFound)?;
        blobs.reader(digest).map_err(std::io::Error::other)
    };
    let mut seen = (0, 0);
    let mut progress = |now: flatten::Progress| {
        if seen.0 != now.layer {
            seen = (now.layer, 0);
        }
        told.add(now.packed_bytes.saturating_sub(seen.1));
        seen.1 = now.packed_bytes;
    };
    let written = flatten::write(plan, open, path, &options, limits, &mut progress, cancel)
        .map_err(|source| error::flatten(&source))?;
    Ok((written, size_on_disk(path).unwrap_or(0)))
}

/// Counts bytes for a reporter, from any thread.
#[derive(Clone)]
struct Told {
    done: Arc<AtomicU64>,
    changed: watch::Sender<()>,
}

impl Told {
    fn add(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
        self.changed.send_replace(());
    }
}

/// Blocking work that is told of and can be cancelled.
struct Work<'a> {
    reporter: &'a Reporter,
    total: u64,
    cancel: Arc<AtomicBool>,
    told: Told,
}

impl<'a> Work<'a> {
    fn new(reporter: &'a Reporter, total: u64) -> Self {
        let (changed, _) = watch::channel(());
        Self {
            reporter,
            total,
            cancel: Arc::default(),
            told: Told {
                done: Arc::default(),
                changed,
            },
        }
    }

    /// Counts from nothing.
    fn start(&self) -> Told {
        self.told.done.store(0, Ordering::Relaxed);
        self.told.clone()
    }

    /// Waits for it, also when it was cancelled: its threads must have ended before what
    /// they write is removed.
    async fn run<T>(&self, work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
        let mut work = std::pin::pin!(work);
        let mut seen = self.told.changed.subscribe();
        let cancelled = self.reporter.cancelled();
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                Ok(()) = seen.changed() => {
                    seen.mark_unchanged();
                    let done = self.told.done.load(Ordering::Relaxed);
                    self.reporter.progress(ProgressUnit::Bytes, done, Some(self.total));
                }
                () = cancelled.cancelled(), if !self.cancel.load(Ordering::Relaxed) => {
                    self.cancel.store(true, Ordering::Relaxed);
                }
            }
        };
        if self.cancel.load(Ordering::Relaxed) {
            return Err(error::cancelled());
        }
        done
    }
}
