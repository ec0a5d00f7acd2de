//! `manifest.json` into an image: what `docker save` writes, and others in its form.
//!
//! Docker's image specification 1.2 ("Combined Image JSON + Filesystem Changeset Format"):
//! a list of images, each with the names of its configuration and its layers in the archive.
//! There is no manifest as registries have it, so one is made; the same content makes the
//! same manifest, and so the same digest.

use super::spool::{Spooled, Stored};
use super::{LocalError, name};
use crate::blobs::BlobStore;
use crate::digest::{Algorithm, Digest};
use crate::manifest::{
    Descriptor, Image, ImageConfig, ImageManifest, MAX_CONFIG, MAX_LAYERS, ManifestError,
    media_type,
};
use banger_ext4::decompress::{self, Compression};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::io::Read;

/// The longest magic of a packing.
const MAGIC: u64 = 8;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    layers: Option<Vec<String>>,
}

/// The manifest that is made, its fields in the order in which everybody writes them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Made<'a> {
    schema_version: u8,
    media_type: &'a str,
    config: Descriptor,
    layers: Vec<Descriptor>,
}

fn parse(list: &[u8]) -> Result<Vec<Saved>, LocalError> {
    serde_json::from_slice(list).map_err(|error| LocalError::Malformed(error.to_string()))
}

/// What an image that is described in another way too is called.
pub fn called(list: &[u8]) -> Option<String> {
    match parse(list).ok()?.as_slice() {
        [one] => tagged(one),
        _ => None,
    }
}

fn tagged(saved: &Saved) -> Option<String> {
    let tags = saved.repo_tags.iter().flatten();
    tags.into_iter().find_map(|tag| name::familiar(tag))
}

/// The image that an archive is about, and what it is called there.
///
/// # Errors
/// When there is none, or several; when something that it needs is missing or wrong.
pub fn image(
    list: &[u8],
    spooled: &mut Spooled,
    blobs: &BlobStore,
) -> Result<(Image, Option<String>), LocalError> {
    let saved = parse(list)?;
    let one = match saved.as_slice() {
        [] => return Err(LocalError::Empty),
        [one] => one,
        several => {
            let label = |saved: &Saved| {
                let first = saved.repo_tags.iter().flatten().next();
                first.unwrap_or(&saved.config).clone()
            };
            return Err(LocalError::Several(several.iter().map(label).collect()));
        }
    };
    let config = spooled.named(&one.config)?.clone();
    check_name(&one.config, &config.digest)?;
    let config_bytes = blobs.read(&config.digest, MAX_CONFIG)?;
    // Before its layers are looked at: a better reason, where it is for another platform.
    ImageConfig::parse(&config_bytes)?.check_platform()?;
    let names = one.layers.as_deref().unwrap_or_default();
    if names.len() > MAX_LAYERS {
        return Err(ManifestError::TooManyLayers(names.len()).into());
    }
    let layers = names.iter().map(|name| {
        let stored = spooled.named(name)?;
        layer(name, stored, blobs)
    });
    let made = Made {
        schema_version: 2,
        media_type: media_type::OCI_MANIFEST,
        config: Descriptor::new(media_type::OCI_CONFIG, config.digest, config.size),
        layers: layers.collect::<Result<_, _>>()?,
    };
    let bytes = serde_json::to_vec(&made).map_err(|e| LocalError::Malformed(e.to_string()))?;
    let manifest = ImageManifest::parse(&bytes)?;
    let digest = spooled.add(blobs, &bytes)?;
    let image = Image::new(digest, manifest, Bytes::from(bytes), config_bytes)?;
    Ok((image, tagged(one)))
}

/// A configuration is named by its digest: `HEX.json`, `sha256:HEX`, `blobs/sha256/HEX`.
fn check_name(name: &str, found: &Digest) -> Result<(), LocalError> {
    let last = name.rsplit('/').next().unwrap_or(name);
    let stem = last.strip_suffix(".json").unwrap_or(last);
    let hex = stem.strip_prefix("sha256:").unwrap_or(stem);
    match Digest::from_hex(Algorithm::Sha256, hex) {
        Ok(promised) if promised != *found => Err(LocalError::WrongDigest {
            name: name.to_owned(),
            found: found.clone(),
        }),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Docker writes plain tars; others pack them and say so nowhere.
fn layer(name: &str, stored: &Stored, blobs: &BlobStore) -> Result<Descriptor, LocalError> {
    let unusable = |problem: String| LocalError::Layer {
        name: name.to_owned(),
        problem,
    };
    let mut start = Vec::new();
    let reader = blobs.reader(&stored.digest)?;
    let read = reader.take(MAGIC).read_to_end(&mut start);
    read.map_err(|error| unusable(error.to_string()))?;
    let plain = media_type::OCI_LAYER;
    let media_type = match decompress::detect(&start) {
        Ok(Compression::None) => plain.to_owned(),
        Ok(Compression::Gzip) => format!("{plain}+gzip"),
        Ok(Compression::Zstd) => format!("{plain}+zstd"),
        Ok(Compression::Xz) => return Err(unusable("it is packed with xz".to_owned())),
        Err(error) => return Err(unusable(error.to_string())),
    };
    Ok(Descriptor::new(
        &media_type,
        stored.digest.clone(),
        stored.size,
    ))
}
