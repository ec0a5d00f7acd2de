//! Indexes: which of its images is for this platform (image specification 1.1,
//! image-index.md; docker's manifest lists).

use super::document::malformed;
use super::media_type;
use super::{Descriptor, ManifestError};
use serde::Deserialize;

/// An index of images.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Index {
    /// What it points to.
    #[serde(default)]
    pub manifests: Vec<Descriptor>,
}

impl Index {
    /// Reads an index.
    ///
    /// # Errors
    /// [`ManifestError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        serde_json::from_slice(bytes).map_err(|error| malformed("index", &error))
    }

    /// The images, and indexes of images; what else it points to is left out.
    pub fn images(&self) -> impl Iterator<Item = &Descriptor> {
        self.manifests.iter().filter(|entry| {
            let image = media_type::is_manifest(&entry.media_type)
                || media_type::is_index(&entry.media_type);
            image && !is_attestation(entry)
        })
    }

    /// The image, or further index, for linux/amd64.
    ///
    /// Where several are, the one that asks least of the processor: variants (`v2`, `v3`)
    /// come after the plain one. An entry without a platform is taken when it is the only
    /// one: its configuration will say what it is.
    ///
    /// # Errors
    /// [`ManifestError::NoPlatform`] with the platforms that there are.
    pub fn choose(&self) -> Result<&Descriptor, ManifestError> {
        let variant = |entry: &Descriptor| {
            let platform = entry.platform.as_ref();
            platform
                .and_then(|platform| platform.variant.clone())
                .unwrap_or_default()
        };
        let ours = self
            .images()
            .filter(|entry| {
                entry
                    .platform
                    .as_ref()
                    .is_some_and(super::Platform::is_ours)
            })
            .min_by_key(|entry| variant(entry));
        if let Some(entry) = ours {
            return Ok(entry);
        }
        let mut bare = self.images().filter(|entry| entry.platform.is_none());
        if let (Some(entry), None) = (bare.next(), bare.next()) {
            return Ok(entry);
        }
        let mut platforms: Vec<String> = self
            .images()
            .filter_map(|entry| Some(entry.platform.as_ref()?.to_string()))
            .collect();
        platforms.dedup();
        Err(ManifestError::NoPlatform(platforms))
    }
}

/// BuildKit puts provenance next to images, as images of the platform `unknown/unknown`
/// (its docs/attestations/attestation-storage.md).
fn is_attestation(entry: &Descriptor) -> bool {
    entry.annotation("vnd.docker.reference.type").is_some()
        || entry.artifact_type.is_some()
        || entry
            .platform
            .as_ref()
            .is_some_and(|platform| platform.os == "unknown")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use crate::manifest::Platform;
    use crate::manifest::media_type::OCI_MANIFEST;

    fn entry(name: &str, platform: Option<&str>) -> Descriptor {
        let mut entry = Descriptor::new(OCI_MANIFEST, Digest::of(name.as_bytes()), 1);
        entry.platform = platform.map(|text| {
            let mut parts = text.split('/').map(str::to_owned);
            Platform {
                os: parts.next().unwrap(),
                architecture: parts.next().unwrap(),
                variant: parts.next(),
            }
        });
        entry
    }

    fn choose(entries: &[(&str, Option<&str>)]) -> Result<Digest, ManifestError> {
        let index = Index {
            manifests: entries
                .iter()
                .map(|(name, platform)| entry(name, *platform))
                .collect(),
        };
        index.choose().map(|entry| entry.digest.clone())
    }

    #[test]
    fn the_plain_amd64_is_chosen() {
        let all = [
            ("arm", Some("linux/arm64/v8")),
            ("v3", Some("linux/amd64/v3")),
            ("windows", Some("windows/amd64")),
            ("amd", Some("linux/amd64")),
            ("note", Some("unknown/unknown")),
        ];
        assert_eq!(choose(&all), Ok(Digest::of(b"amd")));
        assert_eq!(choose(&all[..3]), Ok(Digest::of(b"v3")));
    }

    #[test]
    fn what_there_is_instead_is_told() {
        let error = choose(&[
            ("arm", Some("linux/arm64/v8")),
            ("s390", Some("linux/s390x")),
            ("note", Some("unknown/unknown")),
        ]);
        assert_eq!(
            error.unwrap_err().to_string(),
            "there is no image for linux/amd64; there are: linux/arm64/v8, linux/s390x"
        );
        assert_eq!(choose(&[]), Err(ManifestError::NoPlatform(vec![])));
    }

    #[test]
    fn a_lone_image_without_a_platform_is_taken() {
        assert_eq!(choose(&[("one", None)]), Ok(Digest::of(b"one")));
        assert!(choose(&[("one", None), ("two", None)]).is_err());
    }
}
