//! Manifests and configurations: pure readers of what registries and archives hold.
//!
//! Image specification 1.1 (image-index.md, manifest.md, config.md) and docker's image
//! manifest version 2, schema 2, which differ in media types only.
//!
//! | file | role |
//! |---|---|
//! | `media_type.rs` | the media types: what each stands for |
//! | `descriptor.rs` | what points to content |
//! | `document.rs` | bytes into an index or an image manifest; what is neither is refused |
//! | `index.rs` | an index: which of its images is for this platform |
//! | `image.rs` | an image manifest: configuration and layers |
//! | `config.rs` | an image's configuration |
//! | `error.rs` | what can be wrong with them |

mod config;
mod descriptor;
mod document;
mod error;
mod image;
mod index;
pub mod media_type;

pub use config::{History, ImageConfig};
pub use descriptor::{Descriptor, Platform};
pub use document::Document;
pub use error::ManifestError;
pub use image::{ImageManifest, Layer};
pub use index::Index;
pub use media_type::Compression;

use crate::digest::Digest;
use bytes::Bytes;

/// The most bytes of a manifest or index. The distribution specification asks registries to
/// take at least 4 MiB (spec.md, "Pushing Manifests"), and few take more.
pub const MAX_MANIFEST: u64 = 4 << 20;
/// The most bytes of a configuration.
pub const MAX_CONFIG: u64 = 8 << 20;
/// The most layers of an image. Docker and containerd stop at 127, the depth that overlayfs
/// could stack; merged layers need no such bound, only one against nonsense.
pub const MAX_LAYERS: usize = 512;
/// The most bytes of a layer as it is stored.
pub const MAX_LAYER: u64 = 256 << 30;
/// The most bytes of all layers of an image as they are stored.
pub const MAX_LAYERS_TOTAL: u64 = 1 << 40;

/// An image without its layers: the manifest, the configuration, and both as bytes.
#[derive(Clone, Debug)]
pub struct Image {
    /// The manifest's digest: names this image wherever it is.
    pub digest: Digest,
    /// The manifest.
    pub manifest: ImageManifest,
    /// The manifest's bytes.
    pub manifest_bytes: Bytes,
    /// The configuration.
    pub config: ImageConfig,
    /// The configuration's bytes.
    pub config_bytes: Bytes,
}

impl Image {
    /// Joins a manifest and its configuration, and checks that they fit one another and this
    /// platform. The bytes' digests are the caller's to check.
    ///
    /// # Errors
    /// What is wrong with the configuration, or between the two.
    pub fn new(
        digest: Digest,
        manifest: ImageManifest,
        manifest_bytes: Bytes,
        config_bytes: Bytes,
    ) -> Result<Self, ManifestError> {
        let config = ImageConfig::parse(&config_bytes)?;
        config.check_platform()?;
        if config.diff_ids.len() != manifest.layers.len() {
            return Err(ManifestError::LayerCount {
                layers: manifest.layers.len(),
                diff_ids: config.diff_ids.len(),
            });
        }
        Ok(Image {
            digest,
            manifest,
            manifest_bytes,
            config,
            config_bytes,
        })
    }

    /// Everything that it is stored as: manifest, configuration, layers.
    pub fn digests(&self) -> impl Iterator<Item = &Digest> {
        [&self.digest, &self.manifest.config.digest]
            .into_iter()
            .chain(
                self.manifest
                    .layers
                    .iter()
                    .map(|layer| &layer.descriptor.digest),
            )
    }
}
