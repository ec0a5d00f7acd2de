//! Pure: a published catalog, the JSON that docs/kernel-catalog.md describes.

use banger_api::name::check_artifact_name;
use reqwest::Url;
use serde::Deserialize;

use crate::web::{check_sha256, check_url};

/// The version of the form.
const VERSION: u64 = 1;
/// The architecture of guests.
const ARCH: &str = "x86_64";
/// A catalog has no more kernels.
const MAX_KERNELS: usize = 10_000;
/// No kernel's download is larger, in bytes.
pub const MAX_DOWNLOAD: u64 = 2 << 30;
/// A description or version is no longer, in bytes.
const MAX_TEXT: usize = 300;

/// A kernel of a published catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedKernel {
    /// Its name.
    pub name: String,
    /// Its version, as the publisher counts.
    pub version: String,
    /// Where its tarball is.
    pub url: Url,
    /// The tarball's SHA-256, in lower-case hex.
    pub sha256: String,
    /// The tarball's size, in bytes.
    pub size: u64,
    /// What it is good for, in a line.
    pub description: String,
}

/// Why a catalog cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// It is no such JSON.
    #[error("it is no kernel catalog: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of another form.
    #[error("it has version {0} of the form, this banger reads version {VERSION}")]
    Version(u64),
    /// It is too long.
    #[error("it lists more than {MAX_KERNELS} kernels")]
    TooMany,
    /// A kernel's entry makes no sense.
    #[error("its kernel {index} ({name:?}): {reason}")]
    Entry {
        /// Its place in the list, from 0.
        index: usize,
        /// Its name as it stands there.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

#[derive(Deserialize)]
struct Document {
    kernels: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    version: String,
    arch: String,
    url: String,
    sha256: String,
    size: u64,
    #[serde(default)]
    description: String,
}

/// Reads a catalog that was found at `base`, to which its addresses may be relative. Kernels
/// of other architectures are left out.
///
/// # Errors
/// When it is none, or one of its entries makes no sense.
pub fn read(document: &[u8], base: &Url) -> Result<Vec<PublishedKernel>, CatalogError> {
    // The version first: another form may look different in all else.
    #[derive(Deserialize)]
    struct Form {
        version: u64,
    }
    let Form { version } = serde_json::from_slice(document)?;
    if version != VERSION {
        return Err(CatalogError::Version(version));
    }
    let Document { kernels } = serde_json::from_slice(document)?;
    if kernels.len() > MAX_KERNELS {
        return Err(CatalogError::TooMany);
    }
    let mut read: Vec<PublishedKernel> = Vec::new();
    for (index, entry) in kernels.into_iter().enumerate() {
        if entry.arch != ARCH {
            continue;
        }
        let name = entry.name.clone();
        let twice = read.iter().any(|earlier| earlier.name == name);
        let checked = match twice {
            true => Err("another kernel has that name".to_owned()),
            false => check(entry, base),
        };
        read.push(checked.map_err(|reason| CatalogError::Entry {
            index,
            name,
            reason,
        })?);
    }
    Ok(read)
}

fn check(entry: Entry, base: &Url) -> Result<PublishedKernel, String> {
    check_artifact_name(&entry.name).map_err(|error| format!("the name: {error}"))?;
    for (field, text) in [
        ("version", &entry.version),
        ("description", &entry.description),
    ] {
        // They are shown on terminals.
        if text.len() > MAX_TEXT || text.chars().any(char::is_control) {
            return Err(format!(
                "the {field} is longer than {MAX_TEXT} bytes or has control characters"
            ));
        }
    }
    if entry.size == 0 || entry.size > MAX_DOWNLOAD {
        return Err(format!("the size is not from 1 to {MAX_DOWNLOAD} bytes"));
    }
    let url = base
        .join(&entry.url)
        .map_err(|error| format!("the url: {error}"))?;
    Ok(PublishedKernel {
        name: entry.name,
        version: entry.version,
        url: check_url(url)?,
        sha256: check_sha256(&entry.sha256)?,
        size: entry.size,
        description: entry.description,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn base() -> Url {
        Url::parse("https://kernels.example/v1/catalog.json").unwrap()
    }

    fn entry() -> Value {
        json!({
            "name": "tiny", "version": "6.1.1-1", "arch": "x86_64", "url": "tiny.tar.zst",
            "sha256": "AB".repeat(32), "size": 5, "description": "small", "more": 1,
        })
    }

    fn catalog(kernels: &[Value]) -> Result<Vec<PublishedKernel>, CatalogError> {
        let document = json!({ "version": 1, "kernels": kernels });
        read(document.to_string().as_bytes(), &base())
    }

    #[test]
    fn addresses_are_relative_to_the_catalog() {
        let kernels = catalog(&[entry()]).unwrap();
        assert_eq!(
            kernels[0].url.as_str(),
            "https://kernels.example/v1/tiny.tar.zst"
        );
        assert_eq!(kernels[0].sha256, "ab".repeat(32));
    }

    #[test]
    fn other_architectures_are_left_out() {
        let mut other = entry();
        other["arch"] = "aarch64".into();
        other["sha256"] = "of no interest".into();
        assert_eq!(catalog(&[other, entry()]).unwrap().len(), 1);
    }

    #[test]
    fn an_entry_that_makes_no_sense_is_named() {
        for (field, wrong, says) in [
            ("name", json!("../x"), "the name"),
            ("sha256", json!("abc"), "64 hex digits"),
            ("size", json!(0), "the size"),
            ("size", json!(1u64 << 40), "the size"),
            ("url", json!("file:///etc/passwd"), "no http"),
            ("url", json!("https://"), "the url"),
            ("description", json!("\u{1b}[2J"), "control characters"),
        ] {
            let mut entry = entry();
            entry[field] = wrong;
            let error = catalog(&[entry]).unwrap_err().to_string();
            assert!(
                error.contains(says) && error.contains("kernel 0"),
                "{error}"
            );
        }
        let error = catalog(&[entry(), entry()]).unwrap_err().to_string();
        assert!(error.contains("kernel 1") && error.contains("another"));
    }

    #[test]
    fn other_documents_are_refused() {
        assert!(matches!(
            read(br#"{"version": 2, "images": []}"#, &base()),
            Err(CatalogError::Version(2))
        ));
        for document in ["", "[]", "<html>", r#"{"version": 1}"#] {
            let error = read(document.as_bytes(), &base());
            assert!(matches!(error, Err(CatalogError::Json(_))), "{document}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(document in ".{0,200}", url in ".{0,60}", name in ".{0,20}") {
            let _ = read(document.as_bytes(), &base());
            let mut entry = entry();
            entry["url"] = url.into();
            entry["name"] = name.into();
            let _ = catalog(&[entry]);
        }
    }
}
