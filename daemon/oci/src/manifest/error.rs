//! What can be wrong with manifests and configurations.

use super::{MAX_LAYER, MAX_LAYERS, MAX_LAYERS_TOTAL};
use crate::digest::Digest;

/// Why a manifest, an index or a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// It is not the JSON that it should be.
    #[error("the {what} cannot be read: {problem}")]
    Malformed {
        /// `manifest`, `index` or `configuration`.
        what: &'static str,
        /// What the parser says.
        problem: String,
    },
    /// Docker's schema 1, gone since 2017.
    #[error("the image has a manifest of docker's old schema 1")]
    Schema1,
    /// A version that does not exist yet.
    #[error("the manifest has the unknown schema version {0}")]
    SchemaVersion(u64),
    /// A media type that is neither index nor manifest.
    #[error("{0:?} is neither an image nor an index of images")]
    UnknownMediaType(String),
    /// Something else than an image: a chart, a signature, a plugin.
    #[error("this is no image but {0}")]
    NotAnImage(String),
    /// The index has no image for this platform.
    #[error("there is no image for linux/amd64; there are: {}", list(.0))]
    NoPlatform(Vec<String>),
    /// The image is for another platform.
    #[error("the image is for {0}, and VMs are linux/amd64")]
    OtherPlatform(String),
    /// An index that points to an index that points to an index.
    #[error("the index points to further indexes, more than {0} deep")]
    TooDeep(usize),
    /// A layer that needs a key.
    #[error("the layer {0} is encrypted")]
    Encrypted(Digest),
    /// A layer that is no layer.
    #[error("the layer {digest} has the unknown media type {media_type:?}")]
    UnknownLayer {
        /// The layer.
        digest: Digest,
        /// Its media type.
        media_type: String,
    },
    /// A layer that registries may not pass on, and nobody says where it is.
    #[error("the layer {0} may not be passed on by registries, and has no URL of its own")]
    ForeignWithoutUrl(Digest),
    /// An image without layers.
    #[error("the image has no layers")]
    NoLayers,
    /// Too many layers.
    #[error("the image has {0} layers, and may have {MAX_LAYERS}")]
    TooManyLayers(usize),
    /// A layer, or all of them, are too large.
    #[error("{what} has {bytes} bytes, and may have {limit}")]
    TooLarge {
        /// `the layer sha256:…`, `the configuration`.
        what: String,
        /// What it has.
        bytes: u64,
        /// What it may have.
        limit: u64,
    },
    /// Manifest and configuration do not fit.
    #[error("the manifest has {layers} layers, its configuration {diff_ids}")]
    LayerCount {
        /// In the manifest.
        layers: usize,
        /// In the configuration.
        diff_ids: usize,
    },
}

impl ManifestError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            ManifestError::Schema1 => {
                Some("pull and push it with a current docker, or build it anew")
            }
            ManifestError::NoPlatform(_) | ManifestError::OtherPlatform(_) => {
                Some("build or pull it for linux/amd64")
            }
            ManifestError::NotAnImage(_) | ManifestError::UnknownMediaType(_) => {
                Some("name an image: something that docker would run")
            }
            ManifestError::Encrypted(_) => {
                Some("decrypt it first, for example with skopeo copy --decryption-key")
            }
            ManifestError::Malformed { .. }
            | ManifestError::SchemaVersion(_)
            | ManifestError::TooDeep(_)
            | ManifestError::UnknownLayer { .. }
            | ManifestError::ForeignWithoutUrl(_)
            | ManifestError::NoLayers
            | ManifestError::TooManyLayers(_)
            | ManifestError::TooLarge { .. }
            | ManifestError::LayerCount { .. } => None,
        }
    }

    pub(super) fn layer_too_large(digest: &Digest, bytes: u64) -> Self {
        ManifestError::TooLarge {
            what: format!("the layer {digest}"),
            bytes,
            limit: MAX_LAYER,
        }
    }

    pub(super) fn layers_too_large(bytes: u64) -> Self {
        ManifestError::TooLarge {
            what: "the image".to_owned(),
            bytes,
            limit: MAX_LAYERS_TOTAL,
        }
    }
}

fn list(platforms: &[String]) -> String {
    if platforms.is_empty() {
        return "none".to_owned();
    }
    platforms.join(", ")
}
