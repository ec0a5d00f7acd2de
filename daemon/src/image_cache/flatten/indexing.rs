//! Layers are read side by side for what is in them, as soon as their first bytes are there.

use std::{
    collections::HashMap,
    io::Read,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
};

use banger_api::Problem;
use banger_oci::{
    blobs::BlobStore,
    digest::Digest,
    flatten::{self, Indexed, LayerIndex, Limits},
    manifest::Image,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::{sync::Semaphore, task::JoinHandle};

use super::work::{Told, Work};
use crate::error;

/// How many layers are unpacked side by side.
const SIDE_BY_SIDE: usize = 4;

/// What reads one layer.
type Reading = JoinHandle<Result<Indexed, Problem>>;

/// The readers of an image's layers.
pub struct Indexing {
    layer: Layer,
    threads: Arc<Semaphore>,
    begun: Mutex<HashMap<Digest, Reading>>,
}

/// What every reader needs.
#[derive(Clone)]
struct Layer {
    blobs: BlobStore,
    limits: Limits,
    told: Told,
    cancel: Arc<AtomicBool>,
}

impl Indexing {
    /// Nothing is read yet.
    pub fn new(blobs: &BlobStore, limits: &Limits, work: &Work) -> Self {
        Self {
            layer: Layer {
                blobs: blobs.clone(),
                limits: limits.clone(),
                told: work.told(),
                cancel: work.cancel(),
            },
            threads: Arc::new(Semaphore::new(SIDE_BY_SIDE)),
            begun: Mutex::default(),
        }
    }

    /// Begins with a layer that is there or on its way; once, however often it is called.
    pub fn begin(&self, digest: &Digest) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if !begun.contains_key(digest) {
            begun.insert(digest.clone(), self.read(digest, BlobStore::arriving));
        }
    }

    /// What is in each layer of an image whose blobs are all there, from the bottom.
    pub async fn all(&self, image: &Image) -> Result<Vec<LayerIndex>, Problem> {
        let layers = image.manifest.layers.iter().zip(&image.config.diff_ids);
        let indexing = layers.map(|(layer, diff_id)| async move {
            let indexed = self.one(&layer.descriptor.digest).await?;
            let expected = diff_id.to_string();
            if indexed.diff_id == expected {
                Ok(indexed.index)
            } else {
                Err(error::layer_differs(&expected, &indexed.diff_id))
            }
        });
        stream::iter(indexing.collect::<Vec<_>>())
            .buffered(SIDE_BY_SIDE)
            .try_collect()
            .await
    }

    async fn one(&self, digest: &Digest) -> Result<Indexed, Problem> {
        let begun = {
            let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
            begun.remove(digest)
        };
        // A download that began anew, or was given up and taken over, has no reader to its end.
        if let Some(reading) = begun
            && let Ok(Ok(indexed)) = reading.await
        {
            return Ok(indexed);
        }
        let whole = |blobs: &BlobStore, digest: &Digest| {
            let file = blobs.reader(digest)?;
            Ok(Box::new(file) as Box<dyn Read + Send>)
        };
        let reading = self.read(digest, whole);
        reading.await.map_err(error::aborted)?
    }

    fn read(&self, digest: &Digest, open: Open) -> Reading {
        let (layer, digest) = (self.layer.clone(), digest.clone());
        let threads = Arc::clone(&self.threads);
        tokio::spawn(async move {
            let turn = threads.acquire_owned().await;
            let index = tokio::task::spawn_blocking(move || {
                let _turn = turn;
                layer.index(&digest, open)
            });
            index.await.map_err(error::aborted)?
        })
    }
}

/// How a layer's bytes are come by.
type Open = fn(&BlobStore, &Digest) -> Result<Box<dyn Read + Send>, banger_oci::blobs::BlobError>;

impl Layer {
    fn index(&self, digest: &Digest, open: Open) -> Result<Indexed, Problem> {
        let layer = open(&self.blobs, digest).map_err(|e| error::blobs(&e))?;
        let mut before = 0;
        let mut progress = |now: flatten::Progress| {
            self.told.add(now.packed_bytes.saturating_sub(before));
            before = now.packed_bytes;
        };
        flatten::index_layer(layer, &self.limits, &mut progress, &self.cancel)
            .map_err(|source| error::layer(digest, &source))
    }
}
