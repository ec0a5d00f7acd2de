//! An image into an OCI archive: as it came where its layers are here, packed anew otherwise.

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use banger_api::{ImageConfig, Problem};
use banger_oci::{
    blobs::{BlobStore, Hold},
    digest::Digest,
    local::{self, Content, LayerWriter, MadeLayer},
    manifest::{Descriptor, ImageManifest, MAX_CONFIG, MAX_LAYER, MAX_MANIFEST, media_type},
};
use bytes::Bytes;
use serde_json::{Value, json};

use super::ImageRecord;
use crate::error;

/// An image that can be written.
pub struct Export {
    content: Content,
    layers: Layers,
}

/// Where layers are read from.
enum Layers {
    /// The store, which keeps them meanwhile.
    Stored(
        BlobStore,
        #[allow(dead_code, reason = "it is only ever dropped")] Hold,
    ),
    /// A file of their own.
    Made(Box<MadeLayer>),
}

impl Export {
    /// Writes the archive. Blocks.
    ///
    /// # Errors
    /// When a layer cannot be read, or nobody takes the archive.
    pub fn write(&self, out: impl Write) -> io::Result<()> {
        let open = |digest: &Digest| {
            let layer = match &self.layers {
                Layers::Stored(blobs, _) => blobs.reader(digest),
                Layers::Made(layer) => layer.reader(),
            };
            layer.map_err(io::Error::other)
        };
        local::write(&self.content, open, out)
    }
}

/// Prepares an image for its way out: checks that everything of it is here or, where it
/// never had layers or has lost them, packs its root file system at `disk` into one.
/// Dropping the future stops that.
///
/// # Errors
/// When the root file system cannot be read, or the layer cannot be written.
pub async fn export(
    record: ImageRecord,
    name: &str,
    blobs: &BlobStore,
    disk: PathBuf,
) -> Result<Export, Problem> {
    let cancel = CancelOnDrop::default();
    let flag = Arc::clone(&cancel.0);
    let (blobs, name) = (blobs.clone(), name.to_owned());
    let exporting = tokio::task::spawn_blocking(move || {
        if let Some(stored) = stored(&record, &name, &blobs) {
            return Ok(stored);
        }
        match &record.unmanaged {
            None => made(&record, &name, &blobs, &disk, &flag),
            Some(files) => {
                files.check()?;
                made(&record, &name, &blobs, &files.rootfs.path, &flag)
            }
        }
    });
    let export = exporting.await.map_err(error::aborted)?;
    drop(cancel);
    export
}

/// Stops the work on another thread when whoever waits for it is gone.
#[derive(Default)]
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// An image as it came, when all of it is here.
fn stored(record: &ImageRecord, name: &str, blobs: &BlobStore) -> Option<Export> {
    let digest: Digest = record.digest.parse().ok()?;
    if record.layers.is_empty() {
        return None;
    }
    let manifest_bytes = blobs.read(&digest, MAX_MANIFEST).ok()?;
    let manifest = ImageManifest::parse(&manifest_bytes).ok()?;
    let config = &manifest.config.digest;
    let layers = manifest.layers.iter().map(|layer| &layer.descriptor);
    let hold = blobs.hold(layers.clone().map(|layer| &layer.digest).chain([config]));
    let config_bytes = blobs.read(config, MAX_CONFIG).ok()?;
    let here = |layer: &Descriptor| blobs.size(&layer.digest) == Some(layer.size);
    if !layers.clone().all(here) {
        return None;
    }
    let layers = layers.map(|layer| (layer.digest.clone(), layer.size));
    let content = Content {
        manifest: descriptor(&manifest_bytes, digest),
        config: config.clone(),
        config_bytes,
        layers: layers.collect(),
        name: Some(name.to_owned()),
        manifest_bytes,
    };
    Some(Export {
        content,
        layers: Layers::Stored(blobs.clone(), hold),
    })
}

/// The media type is the manifest's own, or OCI's where it has none (image specification
/// 1.1, manifest.md: it SHOULD have one).
fn descriptor(manifest: &Bytes, digest: Digest) -> Descriptor {
    let value: Value = serde_json::from_slice(manifest).unwrap_or_default();
    let media_type = value["mediaType"]
        .as_str()
        .unwrap_or(media_type::OCI_MANIFEST);
    Descriptor::new(media_type, digest, manifest.len() as u64)
}

/// An image of one layer, made of a root file system.
fn made(
    record: &ImageRecord,
    name: &str,
    blobs: &BlobStore,
    disk: &std::path::Path,
    cancel: &AtomicBool,
) -> Result<Export, Problem> {
    let file = blobs.incoming(MAX_LAYER).map_err(|e| error::blobs(&e))?;
    let mut layer = LayerWriter::new(file);
    banger_ext4::pack_tar(disk, &mut layer, cancel).map_err(|e| error::pack(&e))?;
    let layer = layer.finish().map_err(|source| error::io(disk, &source))?;
    let config = config(record, &layer.diff_id).to_string().into_bytes();
    let config_descriptor = Descriptor::of(media_type::OCI_CONFIG, &config);
    let gzip = format!("{}+gzip", media_type::OCI_LAYER);
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": media_type::OCI_MANIFEST,
        "config": config_descriptor,
        "layers": [Descriptor::new(&gzip, layer.digest.clone(), layer.size)],
    });
    let manifest = manifest.to_string().into_bytes();
    let content = Content {
        manifest: Descriptor::of(media_type::OCI_MANIFEST, &manifest),
        manifest_bytes: manifest.into(),
        config: config_descriptor.digest,
        config_bytes: config.into(),
        layers: vec![(layer.digest.clone(), layer.size)],
        name: Some(name.to_owned()),
    };
    Ok(Export {
        content,
        layers: Layers::Made(Box::new(layer)),
    })
}

/// Pure: an OCI image's configuration (image specification 1.1, config.md). The same image
/// makes the same one.
fn config(record: &ImageRecord, diff_id: &Digest) -> Value {
    let created = jiff::Timestamp::from_second(record.created_at.as_second());
    let created = created.unwrap_or_default().to_string();
    let ImageConfig {
        env,
        entrypoint,
        cmd,
        working_dir,
        user,
        labels,
    } = &record.config;
    let mut config = serde_json::Map::new();
    let fields = [
        ("Env", !env.is_empty(), json!(env)),
        ("Entrypoint", !entrypoint.is_empty(), json!(entrypoint)),
        ("Cmd", !cmd.is_empty(), json!(cmd)),
        ("WorkingDir", working_dir.is_some(), json!(working_dir)),
        ("User", user.is_some(), json!(user)),
        ("Labels", !labels.is_empty(), json!(labels)),
    ];
    for (field, given, value) in fields {
        if given {
            config.insert(field.to_owned(), value);
        }
    }
    json!({
        "created": created,
        "architecture": "amd64",
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created": created, "created_by": "banger image export"}],
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use banger_api::ImageSource;
    use banger_oci::manifest;

    use super::*;

    #[test]
    fn a_configuration_says_what_the_record_does() {
        let config_of = ImageConfig {
            env: vec!["A=b".to_owned()],
            cmd: vec!["sh".to_owned()],
            user: Some("app".to_owned()),
            ..ImageConfig::default()
        };
        let record = ImageRecord {
            id: "a".to_owned(),
            names: BTreeSet::new(),
            source: ImageSource::Archive,
            digest: String::new(),
            layers: Vec::new(),
            config: config_of,
            users: Vec::new(),
            unmanaged: None,
            kernel: None,
            disk_mib: None,
            size: 0,
            entries: 0,
            created_at: jiff::Timestamp::from_millisecond(1_700_000_000_999).unwrap(),
        };
        let diff_id = Digest::of(b"layer");
        let bytes = config(&record, &diff_id).to_string();
        let read = manifest::ImageConfig::parse(bytes.as_bytes()).unwrap();
        read.check_platform().unwrap();
        assert_eq!(read.created.as_deref(), Some("2023-11-14T22:13:20Z"));
        assert_eq!(
            (read.env, read.cmd),
            (vec!["A=b".into()], vec!["sh".into()])
        );
        assert_eq!((read.user.as_str(), read.diff_ids), ("app", vec![diff_id]));
        assert!(read.entrypoint.is_empty() && read.working_dir.is_empty());
    }
}
