//! Bytes into an index or an image manifest; what is neither is refused with its name.

use super::media_type::{self, DOCKER_SCHEMA_1};
use super::{ImageManifest, Index, ManifestError};
use serde::Deserialize;

/// What a reference can point to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// An index of images.
    Index(Index),
    /// One image.
    Image(Box<ImageManifest>),
}

/// The fields that tell what a document is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    #[serde(default)]
    schema_version: u64,
    media_type: Option<String>,
    manifests: Option<serde::de::IgnoredAny>,
    layers: Option<serde::de::IgnoredAny>,
    #[serde(rename = "fsLayers")]
    fs_layers: Option<serde::de::IgnoredAny>,
}

impl Document {
    /// Reads a document. `content_type` is what its descriptor or its HTTP header says; the
    /// document's own `mediaType` wins, and its fields decide where neither says anything.
    ///
    /// # Errors
    /// When it is neither an index nor the manifest of an image that can be run.
    pub fn parse(content_type: Option<&str>, bytes: &[u8]) -> Result<Self, ManifestError> {
        let kind: Kind =
            serde_json::from_slice(bytes).map_err(|error| malformed("manifest", &error))?;
        let outer = content_type
            .and_then(|text| text.split(';').next())
            .map(str::trim);
        let declared = kind
            .media_type
            .as_deref()
            .filter(|media_type| !media_type.is_empty())
            .or(outer.filter(|text| text.starts_with("application/vnd.")));
        if kind.schema_version == 1
            || kind.fs_layers.is_some()
            || declared.is_some_and(|text| text.starts_with(DOCKER_SCHEMA_1))
        {
            return Err(ManifestError::Schema1);
        }
        if kind.schema_version != 2 {
            return Err(ManifestError::SchemaVersion(kind.schema_version));
        }
        let index = match declared {
            Some(text) if media_type::is_index(text) => true,
            Some(text) if media_type::is_manifest(text) => false,
            Some(text) => return Err(ManifestError::UnknownMediaType(text.to_owned())),
            None => kind.manifests.is_some() && kind.layers.is_none(),
        };
        // A document with both lists is read in two ways by two readers: an attack
        // (image specification 1.1, manifest.md, CVE-2021-41190).
        if kind.manifests.is_some() && kind.layers.is_some() {
            return Err(ManifestError::Malformed {
                what: "manifest",
                problem: "it has both manifests and layers".to_owned(),
            });
        }
        if index {
            return Index::parse(bytes).map(Document::Index);
        }
        ImageManifest::parse(bytes).map(|image| Document::Image(Box::new(image)))
    }
}

pub(super) fn malformed(what: &'static str, error: &serde_json::Error) -> ManifestError {
    ManifestError::Malformed {
        what,
        problem: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn old_and_unknown_documents_are_named() {
        let parse = |text: &str| Document::parse(None, text.as_bytes()).unwrap_err();
        assert_eq!(
            parse(r#"{"schemaVersion":1,"name":"a","fsLayers":[]}"#),
            ManifestError::Schema1
        );
        assert_eq!(
            parse(r#"{"schemaVersion":3}"#),
            ManifestError::SchemaVersion(3)
        );
        assert_eq!(
            parse(r#"{"schemaVersion":2,"mediaType":"application/x"}"#),
            ManifestError::UnknownMediaType("application/x".into())
        );
        assert!(matches!(parse("<html>"), ManifestError::Malformed { .. }));
        assert!(matches!(
            parse(r#"{"schemaVersion":2,"layers":[],"manifests":[]}"#),
            ManifestError::Malformed { .. }
        ));
    }

    #[test]
    fn a_header_decides_where_the_document_is_silent() {
        let text = br#"{"schemaVersion":2,"manifests":[]}"#;
        assert!(matches!(
            Document::parse(Some("application/vnd.oci.image.index.v1+json; a=b"), text),
            Ok(Document::Index(_))
        ));
        assert!(matches!(
            Document::parse(Some("text/plain"), text),
            Ok(Document::Index(_))
        ));
        assert_eq!(
            Document::parse(
                Some("application/vnd.docker.distribution.manifest.v1+prettyjws"),
                text
            ),
            Err(ManifestError::Schema1)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Document::parse(None, &bytes);
        }
    }
}
