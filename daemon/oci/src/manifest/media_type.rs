//! The media types of images: what each stands for.

/// Image specification 1.1, media-types.md.
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// An image manifest.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// An image's configuration.
pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// A layer; `+gzip` and `+zstd` may follow.
pub const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
/// A layer that registries may not pass on.
pub const OCI_FOREIGN_LAYER: &str = "application/vnd.oci.image.layer.nondistributable.v1.tar";
/// Docker's image manifest version 2, schema 2: an index.
pub const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// Docker's image manifest.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Docker's configuration.
pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
/// Docker's layer; `.gzip` and `.zstd` may follow.
pub const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar";
/// Docker's layer that registries may not pass on.
pub const DOCKER_FOREIGN_LAYER: &str = "application/vnd.docker.image.rootfs.foreign.diff.tar";
/// Docker's schema 1, signed or not: `…manifest.v1+json` and `…v1+prettyjws`.
pub const DOCKER_SCHEMA_1: &str = "application/vnd.docker.distribution.manifest.v1+";

/// What a client asks a registry for.
pub const ACCEPTED: [&str; 4] = [OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST];

/// How a layer's tar is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
}

/// What a layer's media type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerType {
    /// A layer.
    Layer {
        /// How it is packed.
        compression: Compression,
        /// Registries may not pass it on: it has URLs of its own.
        foreign: bool,
    },
    /// A layer that only the holder of a key can read (ocicrypt).
    Encrypted,
    /// No layer of an image.
    Unknown,
}

/// Reads a layer's media type.
pub fn layer_type(media_type: &str) -> LayerType {
    // A parameter (`; charset=…`) says nothing about the content.
    let bare = media_type.split(';').next().unwrap_or_default().trim();
    if bare.ends_with("+encrypted") {
        return LayerType::Encrypted;
    }
    let kinds = [
        (OCI_LAYER, false),
        (DOCKER_LAYER, false),
        (OCI_FOREIGN_LAYER, true),
        (DOCKER_FOREIGN_LAYER, true),
    ];
    for (prefix, foreign) in kinds {
        let compression = match bare.strip_prefix(prefix) {
            Some("") => Compression::None,
            Some("+gzip" | ".gzip") => Compression::Gzip,
            Some("+zstd" | ".zstd") => Compression::Zstd,
            Some(_) | None => continue,
        };
        return LayerType::Layer {
            compression,
            foreign,
        };
    }
    LayerType::Unknown
}

/// Whether a media type is an index's.
pub fn is_index(media_type: &str) -> bool {
    matches!(media_type, OCI_INDEX | DOCKER_INDEX)
}

/// Whether a media type is an image manifest's.
pub fn is_manifest(media_type: &str) -> bool {
    matches!(media_type, OCI_MANIFEST | DOCKER_MANIFEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_of_both_families_are_known() {
        let layer = |compression, foreign| LayerType::Layer {
            compression,
            foreign,
        };
        for (media_type, expected) in [
            (
                "application/vnd.oci.image.layer.v1.tar",
                layer(Compression::None, false),
            ),
            (
                "application/vnd.oci.image.layer.v1.tar+zstd",
                layer(Compression::Zstd, false),
            ),
            (
                "application/vnd.docker.image.rootfs.diff.tar.gzip",
                layer(Compression::Gzip, false),
            ),
            (
                "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
                layer(Compression::Gzip, true),
            ),
            (
                "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
                layer(Compression::Gzip, true),
            ),
            (
                "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
                LayerType::Encrypted,
            ),
            (
                "application/vnd.oci.image.layer.v1.tar+bzip2",
                LayerType::Unknown,
            ),
            (
                "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
                LayerType::Unknown,
            ),
            ("", LayerType::Unknown),
        ] {
            assert_eq!(layer_type(media_type), expected, "{media_type}");
        }
    }
}
