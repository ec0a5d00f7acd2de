//! Pure: what an image is called in an archive.

use crate::manifest::Descriptor;
use crate::reference::{DEFAULT_TAG, Reference};

/// A name within a layout (image specification 1.1, annotations.md).
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// The whole reference; containerd's, and docker's too.
pub const IMAGE_NAME: &str = "io.containerd.image.name";

/// What an entry of `index.json` is called. Some write the whole name under
/// [`REF_NAME`], some only the tag, with the whole name beside it or nowhere.
pub fn of(entry: &Descriptor) -> Option<String> {
    let own = entry.annotation(REF_NAME).filter(|text| !is_tag(text));
    let own = own.filter(|text| text.parse::<Reference>().is_ok());
    // As it stands: what has no tag needs none here.
    let own = own.map(str::to_owned);
    own.or_else(|| familiar(entry.annotation(IMAGE_NAME)?))
}

/// A reference as people write it; `None` for what is none.
pub fn familiar(text: &str) -> Option<String> {
    let reference: Reference = text.parse().ok()?;
    Some(reference.familiar())
}

/// Whether a text is rather a tag than a name: `latest`, `1.2`, `v3`.
fn is_tag(text: &str) -> bool {
    let version = text.strip_prefix('v').unwrap_or(text);
    !text.contains([':', '/'])
        && (text == DEFAULT_TAG || version.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use std::collections::BTreeMap;

    #[test]
    fn names_are_told_from_tags() {
        for (own, whole, called) in [
            (Some("alpine:3.20"), None, Some("alpine:3.20")),
            (Some("web"), None, Some("web")),
            (Some("latest"), None, None),
            (
                Some("3.20"),
                Some("docker.io/library/alpine:3.20"),
                Some("alpine:3.20"),
            ),
            (Some("v1"), None, None),
            (
                Some("vim"),
                Some("docker.io/library/vim:latest"),
                Some("vim"),
            ),
            (
                Some("Not A Name"),
                Some("ghcr.io/a/b"),
                Some("ghcr.io/a/b:latest"),
            ),
            (None, Some("???"), None),
            (None, None, None),
        ] {
            let mut entry = Descriptor::new("", Digest::of(b""), 0);
            let pairs = [(REF_NAME, own), (IMAGE_NAME, whole)];
            let pairs = pairs
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())));
            entry.annotations = Some(pairs.collect::<BTreeMap<_, _>>());
            assert_eq!(of(&entry).as_deref(), called, "{own:?} {whole:?}");
        }
    }
}
