//! From a reference to a root file system: resolve, fetch, flatten.

use std::sync::Arc;

use banger_api::{ImageConfig, ImageLayer, ImageSource, Problem};
use banger_oci::{
    blobs::BlobStore,
    manifest::Image,
    reference::Reference,
    registry::{Event, Puller, Resolved},
};

use super::{ImageRecord, flatten::Flattening, once::Once};
use crate::{
    error,
    operation::Reporter,
    shelf::{Place, Product, There, Turn},
};

/// What pulling needs. Cheap to clone.
#[derive(Clone)]
pub struct Registries {
    /// Asks registries.
    pub puller: Puller,
    /// Keeps layers by digest.
    pub blobs: BlobStore,
    /// Sees to it that no image is converted twice.
    pub converting: Arc<Once>,
}

/// Pulls an image of a registry. One that is on the shelf already, under whatever name, is
/// not made again.
pub async fn pull(
    registries: &Registries,
    reference: &Reference,
    capacity: u64,
    place: Place<'_>,
    there: &There<ImageRecord>,
    reporter: &Reporter,
) -> Result<Product<ImageRecord>, Problem> {
    reporter.stage(&format!("looking up {}", reference.familiar()));
    let report = |event| tell(reporter, event);
    let resolving = registries.puller.resolve(reference, &report);
    let resolved = reporter
        .cancelled()
        .run_until_cancelled(resolving)
        .await
        .ok_or_else(error::cancelled)?
        .map_err(|source| error::registry(&source))?;
    let source = ImageSource::Registry {
        reference: reference.to_string(),
    };
    let image = &resolved.image;
    let digest = image.digest.to_string();
    let turn = registries.converting.enter(&digest);
    let turn = reporter.cancelled().run_until_cancelled(turn).await;
    let turn = turn.ok_or_else(error::cancelled)?;
    if let Some(id) = same(there, image) {
        return Ok(Product::Same(id));
    }
    let flattening = Flattening::new(&registries.blobs, image, capacity);
    let hold = fetch(registries, &resolved, &flattening, reporter).await?;
    let record = make(flattening, image, source, place, reporter).await?;
    Ok(Product::New(record, Some(Turn::new((turn, hold)))))
}

async fn fetch(
    registries: &Registries,
    resolved: &Resolved,
    flattening: &Flattening,
    reporter: &Reporter,
) -> Result<impl Send + use<>, Problem> {
    reporter.stage("downloading layers");
    for layer in &resolved.image.manifest.layers {
        let descriptor = &layer.descriptor;
        reporter.layer(&descriptor.digest.to_string(), 0, descriptor.size);
    }
    let report = |event| {
        // It is told of a layer as soon as that can be read.
        if let Event::Layer { digest, .. } = &event {
            flattening.begin(digest);
        }
        tell(reporter, event);
    };
    let (puller, blobs) = (&registries.puller, &registries.blobs);
    let fetched = puller.fetch(resolved, blobs, &report, reporter.cancelled());
    fetched.await.map_err(|source| error::registry(&source))
}

/// The thing on the shelf that was made of the same manifest.
pub fn same(there: &There<ImageRecord>, image: &Image) -> Option<String> {
    let digest = image.digest.to_string();
    let there = there.borrow();
    let mut of_registry = there.iter().filter(|item| !item.record.layers.is_empty());
    let found = of_registry.find(|item| item.record.digest == digest);
    found.map(|item| item.record.id.clone())
}

/// Makes a root file system of an image whose layers are all in the store.
pub async fn make(
    flattening: Flattening,
    image: &Image,
    source: ImageSource,
    place: Place<'_>,
    reporter: &Reporter,
) -> Result<ImageRecord, Problem> {
    let flat = flattening.finish(place.directory, reporter).await?;
    Ok(ImageRecord {
        id: place.id.to_owned(),
        names: std::collections::BTreeSet::new(),
        source,
        digest: image.digest.to_string(),
        layers: layers(image),
        config: config(image),
        users: flat.users,
        unmanaged: None,
        kernel: None,
        disk_mib: None,
        size: flat.size,
        entries: flat.entries,
        created_at: jiff::Timestamp::now(),
    })
}

fn layers(image: &Image) -> Vec<ImageLayer> {
    let layers = image.manifest.layers.iter().map(|layer| &layer.descriptor);
    layers
        .map(|layer| ImageLayer {
            digest: layer.digest.to_string(),
            media_type: layer.media_type.clone(),
            size: layer.size,
        })
        .collect()
}

fn config(image: &Image) -> ImageConfig {
    let config = image.config.clone();
    let given = |text: String| (!text.is_empty()).then_some(text);
    ImageConfig {
        env: config.env,
        entrypoint: config.entrypoint,
        cmd: config.cmd,
        working_dir: given(config.working_dir),
        user: given(config.user),
        labels: config.labels,
    }
}

fn tell(reporter: &Reporter, event: Event) {
    match event {
        Event::Layer {
            digest,
            done,
            total,
        } => reporter.layer(&digest.to_string(), done, total),
        Event::Waiting {
            server,
            delay,
            reason,
        } => reporter.note(format!(
            "waiting {} s for {server}: {reason}",
            delay.as_secs().max(1)
        )),
        Event::MirrorFailed { server, reason } => {
            reporter.note(format!("the mirror {server} could not help: {reason}"));
        }
    }
}
