//! `index.json` into an image (image specification 1.1, image-layout.md).

use super::spool::Spooled;
use super::{LocalError, name};
use crate::blobs::BlobStore;
use crate::manifest::{
    Descriptor, Document, Image, ImageManifest, Index, MAX_CONFIG, MAX_MANIFEST, ManifestError,
    media_type,
};
use bytes::Bytes;
use std::collections::BTreeSet;

/// How deep indexes may point to indexes.
const MAX_DEPTH: usize = 3;

/// The image that a layout is about, and what it is called there.
///
/// # Errors
/// When there is none for this platform, or several of different names; when something that
/// it needs is missing or wrong.
pub fn image(
    index: &[u8],
    spooled: &Spooled,
    blobs: &BlobStore,
) -> Result<(Image, Option<String>), LocalError> {
    let Document::Index(index) = Document::parse(Some(media_type::OCI_INDEX), index)? else {
        return Err(ManifestError::Malformed {
            what: "index",
            problem: "index.json is a manifest".to_owned(),
        }
        .into());
    };
    let mut at = only(&index)?.clone();
    let called = name::of(&at);
    for _ in 0..MAX_DEPTH {
        let bytes = blob(&at, MAX_MANIFEST, spooled, blobs)?;
        match Document::parse(Some(&at.media_type), &bytes)? {
            Document::Index(further) => at = further.choose()?.clone(),
            Document::Image(manifest) => {
                let image = complete(&at, *manifest, bytes, spooled, blobs)?;
                return Ok((image, called));
            }
        }
    }
    Err(ManifestError::TooDeep(MAX_DEPTH).into())
}

/// The one entry of `index.json` that is meant. Several of one name are one image for
/// several platforms, or of several ages.
fn only(index: &Index) -> Result<&Descriptor, LocalError> {
    let all: Vec<&Descriptor> = index.images().collect();
    let ours = |entry: &&Descriptor| {
        let platform = entry.platform.as_ref();
        platform.is_none_or(crate::manifest::Platform::is_ours)
    };
    let candidates: Vec<&Descriptor> = all.iter().copied().filter(ours).collect();
    match (all.as_slice(), candidates.as_slice()) {
        ([], _) if index.manifests.is_empty() => Err(LocalError::Empty),
        // What there is may be no image at all: its document tells.
        ([], _) => index.manifests.first().ok_or(LocalError::Empty),
        ([one], _) | (_, [one]) => Ok(one),
        (_, []) => Ok(index.choose()?),
        (_, several) => {
            let digests: BTreeSet<_> = several.iter().map(|entry| &entry.digest).collect();
            let names: BTreeSet<String> = several.iter().map(|entry| label(entry)).collect();
            match several.first() {
                // One image under several names.
                Some(first) if digests.len() == 1 => Ok(first),
                _ if names.len() == 1 && all.iter().any(|entry| entry.platform.is_some()) => {
                    Ok(index.choose()?)
                }
                _ => Err(LocalError::Several(names.into_iter().collect())),
            }
        }
    }
}

/// What an entry is told apart by.
fn label(entry: &Descriptor) -> String {
    let named = entry
        .annotation(name::IMAGE_NAME)
        .or(entry.annotation(name::REF_NAME));
    named.map_or_else(|| entry.digest.to_string(), str::to_owned)
}

/// An image of which everything is there.
fn complete(
    descriptor: &Descriptor,
    manifest: ImageManifest,
    bytes: Bytes,
    spooled: &Spooled,
    blobs: &BlobStore,
) -> Result<Image, LocalError> {
    let config = blob(&manifest.config, MAX_CONFIG, spooled, blobs)?;
    let image = Image::new(descriptor.digest.clone(), manifest, bytes, config)?;
    for layer in &image.manifest.layers {
        check(&layer.descriptor, spooled)?;
    }
    Ok(image)
}

/// That a blob is in the archive, as long as its descriptor says.
fn check(descriptor: &Descriptor, spooled: &Spooled) -> Result<(), LocalError> {
    let Descriptor { digest, size, .. } = descriptor;
    let have = spooled.size(digest);
    let have = have.ok_or_else(|| LocalError::Missing(format!("the blob {digest}")))?;
    if have == *size {
        return Ok(());
    }
    Err(LocalError::WrongSize {
        digest: digest.clone(),
        have,
        size: *size,
    })
}

fn blob(
    descriptor: &Descriptor,
    limit: u64,
    spooled: &Spooled,
    blobs: &BlobStore,
) -> Result<Bytes, LocalError> {
    check(descriptor, spooled)?;
    Ok(blobs.read(&descriptor.digest, limit)?)
}
