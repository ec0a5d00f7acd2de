//! Image manifests (image specification 1.1, manifest.md; docker's schema 2).

use super::document::malformed;
use super::media_type::{self, DOCKER_CONFIG, LayerType, OCI_CONFIG};
use super::{
    Compression, Descriptor, MAX_CONFIG, MAX_LAYER, MAX_LAYERS, MAX_LAYERS_TOTAL, ManifestError,
};
use serde::Deserialize;

/// An image's manifest, checked: every layer can be fetched and read, no size is absurd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageManifest {
    /// The configuration.
    pub config: Descriptor,
    /// The layers, the lowest first.
    pub layers: Vec<Layer>,
}

/// A layer of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Where it is.
    pub descriptor: Descriptor,
    /// How its tar is packed, if its media type is honest.
    pub compression: Compression,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    artifact_type: Option<String>,
}

impl ImageManifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let raw: Raw =
            serde_json::from_slice(bytes).map_err(|error| malformed("manifest", &error))?;
        let config = raw.config.ok_or_else(|| ManifestError::Malformed {
            what: "manifest",
            problem: "it names no configuration".to_owned(),
        })?;
        let other = raw.artifact_type.as_deref().filter(|text| !text.is_empty());
        if !matches!(config.media_type.as_str(), OCI_CONFIG | DOCKER_CONFIG) {
            return Err(ManifestError::NotAnImage(describe(
                other.unwrap_or(&config.media_type),
            )));
        }
        check_size("the configuration", config.size, MAX_CONFIG)?;
        if raw.layers.is_empty() {
            return Err(ManifestError::NoLayers);
        }
        if raw.layers.len() > MAX_LAYERS {
            return Err(ManifestError::TooManyLayers(raw.layers.len()));
        }
        let layers: Vec<Layer> = raw
            .layers
            .into_iter()
            .map(layer)
            .collect::<Result<_, _>>()?;
        let total = layers
            .iter()
            .fold(0u64, |sum, layer| sum.saturating_add(layer.descriptor.size));
        if total > MAX_LAYERS_TOTAL {
            return Err(ManifestError::layers_too_large(total));
        }
        Ok(ImageManifest { config, layers })
    }

    /// The bytes of all layers as they are stored; a layer that is there twice counts once.
    pub fn layer_bytes(&self) -> u64 {
        let mut seen = std::collections::BTreeSet::new();
        self.layers
            .iter()
            .filter(|layer| seen.insert(&layer.descriptor.digest))
            .map(|layer| layer.descriptor.size)
            .sum()
    }
}

fn layer(descriptor: Descriptor) -> Result<Layer, ManifestError> {
    let digest = || descriptor.digest.clone();
    let compression = match media_type::layer_type(&descriptor.media_type) {
        LayerType::Layer {
            compression,
            foreign,
        } => {
            let urls = descriptor.urls.as_deref().unwrap_or_default();
            if foreign && urls.is_empty() {
                return Err(ManifestError::ForeignWithoutUrl(digest()));
            }
            compression
        }
        LayerType::Encrypted => return Err(ManifestError::Encrypted(digest())),
        LayerType::Unknown if descriptor.media_type.contains("in-toto") => {
            return Err(ManifestError::NotAnImage(describe(&descriptor.media_type)));
        }
        LayerType::Unknown => {
            return Err(ManifestError::UnknownLayer {
                digest: digest(),
                media_type: descriptor.media_type.clone(),
            });
        }
    };
    if descriptor.size > MAX_LAYER {
        return Err(ManifestError::layer_too_large(
            &descriptor.digest,
            descriptor.size,
        ));
    }
    Ok(Layer {
        descriptor,
        compression,
    })
}

fn check_size(what: &str, bytes: u64, limit: u64) -> Result<(), ManifestError> {
    if bytes <= limit {
        return Ok(());
    }
    Err(ManifestError::TooLarge {
        what: what.to_owned(),
        bytes,
        limit,
    })
}

/// What kind of thing a media type stands for, for people.
fn describe(media_type: &str) -> String {
    let kinds = [
        ("helm", "a Helm chart"),
        ("docker.plugin", "a docker plugin"),
        ("cosign", "a signature"),
        ("notary", "a signature"),
        ("in-toto", "an attestation"),
        ("wasm", "a WebAssembly module"),
        ("spdx", "a list of software"),
        ("cyclonedx", "a list of software"),
    ];
    let kind = kinds
        .iter()
        .find(|(part, _)| media_type.contains(part))
        .map_or("something else", |(_, kind)| kind);
    format!("{kind} ({media_type})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn descriptor(media_type: &str, size: u64) -> Value {
        json!({"mediaType": media_type, "digest": DIGEST, "size": size})
    }

    fn parse(config: &str, layers: Vec<Value>) -> Result<ImageManifest, ManifestError> {
        let manifest = json!({
            "schemaVersion": 2,
            "config": descriptor(config, 2),
            "layers": layers,
        });
        ImageManifest::parse(manifest.to_string().as_bytes())
    }

    #[test]
    fn images_of_both_families_are_read() {
        for (config, layer, compression) in [
            (
                OCI_CONFIG,
                "application/vnd.oci.image.layer.v1.tar+zstd",
                Compression::Zstd,
            ),
            (
                DOCKER_CONFIG,
                "application/vnd.docker.image.rootfs.diff.tar.gzip",
                Compression::Gzip,
            ),
        ] {
            let manifest = parse(config, vec![descriptor(layer, 7), descriptor(layer, 7)]).unwrap();
            assert_eq!(manifest.layers.len(), 2);
            assert_eq!(manifest.layers[0].compression, compression);
            assert_eq!(manifest.layer_bytes(), 7);
        }
    }

    #[test]
    fn what_is_no_image_is_named() {
        let helm = "application/vnd.cncf.helm.config.v1+json";
        let error = parse(helm, vec![]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "this is no image but a Helm chart (application/vnd.cncf.helm.config.v1+json)"
        );
        assert!(error.hint().is_some());
        let in_toto = descriptor("application/vnd.in-toto+json", 1);
        assert!(matches!(
            parse(OCI_CONFIG, vec![in_toto]),
            Err(ManifestError::NotAnImage(_))
        ));
    }

    #[test]
    fn layers_that_cannot_be_read_are_refused() {
        let refused = |layer: Value| parse(OCI_CONFIG, vec![layer]).unwrap_err();
        let encrypted = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted";
        assert!(matches!(
            refused(descriptor(encrypted, 1)),
            ManifestError::Encrypted(_)
        ));
        assert!(matches!(
            refused(descriptor("text/plain", 1)),
            ManifestError::UnknownLayer { .. }
        ));
        let foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
        assert!(matches!(
            refused(descriptor(foreign, 1)),
            ManifestError::ForeignWithoutUrl(_)
        ));
        let mut with_url = descriptor(foreign, 1);
        with_url["urls"] = json!(["https://example.org/layer"]);
        assert!(parse(OCI_CONFIG, vec![with_url]).is_ok());
    }

    #[test]
    fn absurd_sizes_are_refused() {
        let layer = "application/vnd.oci.image.layer.v1.tar";
        let many = vec![descriptor(layer, 1); MAX_LAYERS + 1];
        assert!(matches!(
            parse(OCI_CONFIG, many),
            Err(ManifestError::TooManyLayers(_))
        ));
        assert!(matches!(
            parse(OCI_CONFIG, vec![descriptor(layer, MAX_LAYER + 1)]),
            Err(ManifestError::TooLarge { .. })
        ));
        assert!(matches!(
            parse(OCI_CONFIG, vec![descriptor(layer, MAX_LAYER); 5]),
            Err(ManifestError::TooLarge { .. })
        ));
        assert_eq!(parse(OCI_CONFIG, vec![]), Err(ManifestError::NoLayers));
        // A negative size is no size.
        let mut negative = descriptor(layer, 1);
        negative["size"] = json!(-1);
        assert!(matches!(
            parse(OCI_CONFIG, vec![negative]),
            Err(ManifestError::Malformed { .. })
        ));
    }
}
