//! [`write()`]: an image into an OCI archive: a tar of an OCI layout (image specification 1.1,
//! image-layout.md). Nothing is repacked, so every digest stays.

use super::name;
use crate::digest::Digest;
use crate::manifest::{Descriptor, Platform};
use crate::reference::Reference;
use bytes::Bytes;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::path::Path;
use tar::{Builder, EntryType, Header};

/// What `oci-layout` says.
const LAYOUT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// What an archive is written of.
#[derive(Clone, Debug)]
pub struct Content {
    /// The manifest: its descriptor has the media type that it was found under.
    pub manifest: Descriptor,
    /// Its bytes.
    pub manifest_bytes: Bytes,
    /// The configuration's digest.
    pub config: Digest,
    /// Its bytes.
    pub config_bytes: Bytes,
    /// The layers' digests and lengths in bytes, the lowest first.
    pub layers: Vec<(Digest, u64)>,
    /// What the image is called.
    pub name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index<'a> {
    schema_version: u8,
    media_type: &'a str,
    manifests: [Descriptor; 1],
}

/// Writes an archive; `open` gives a layer's bytes. The same image gives the same bytes.
///
/// # Errors
/// When a layer cannot be read or is not as long as said, or nobody takes the archive.
pub fn write<R: Read>(
    content: &Content,
    mut open: impl FnMut(&Digest) -> io::Result<R>,
    out: impl Write,
) -> io::Result<()> {
    let mut tar = Builder::new(out);
    let index = serde_json::to_vec(&index(content))?;
    file(&mut tar, "oci-layout", LAYOUT.len() as u64, LAYOUT)?;
    file(&mut tar, "index.json", index.len() as u64, index.as_slice())?;
    directory(&mut tar, "blobs/")?;
    let mut folders = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let small = [
        (&content.manifest.digest, &content.manifest_bytes),
        (&content.config, &content.config_bytes),
    ];
    for (digest, bytes) in small {
        let path = place(&mut tar, &mut folders, digest)?;
        seen.insert(digest);
        file(&mut tar, &path, bytes.len() as u64, &bytes[..])?;
    }
    for (digest, size) in &content.layers {
        if seen.insert(digest) {
            let path = place(&mut tar, &mut folders, digest)?;
            file(&mut tar, &path, *size, open(digest)?)?;
        }
    }
    tar.into_inner()?.flush()
}

fn index(content: &Content) -> Index<'_> {
    let mut manifest = content.manifest.clone();
    manifest.platform = Some(Platform {
        architecture: Platform::ARCHITECTURE.to_owned(),
        os: Platform::OS.to_owned(),
        variant: None,
    });
    manifest.annotations = content.name.as_ref().map(|called| {
        let mut annotations = BTreeMap::from([(name::REF_NAME.to_owned(), called.clone())]);
        if let Ok(reference) = called.parse::<Reference>() {
            annotations.insert(name::IMAGE_NAME.to_owned(), reference.to_string());
        }
        annotations
    });
    Index {
        schema_version: 2,
        media_type: crate::manifest::media_type::OCI_INDEX,
        manifests: [manifest],
    }
}

/// A blob's path, below a directory that is there.
fn place(
    tar: &mut Builder<impl Write>,
    folders: &mut BTreeSet<&'static str>,
    digest: &Digest,
) -> io::Result<String> {
    let algorithm = digest.algorithm().name();
    if folders.insert(algorithm) {
        directory(tar, &format!("blobs/{algorithm}/"))?;
    }
    Ok(format!("blobs/{algorithm}/{}", digest.hex()))
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

fn directory(tar: &mut Builder<impl Write>, path: &str) -> io::Result<()> {
    let mut header = header(EntryType::Directory, 0o755, 0);
    tar.append_data(&mut header, Path::new(path), io::empty())
}

fn file(tar: &mut Builder<impl Write>, path: &str, size: u64, data: impl Read) -> io::Result<()> {
    let mut exact = Exact { inner: data, size };
    let mut header = header(EntryType::Regular, 0o644, size);
    tar.append_data(&mut header, Path::new(path), &mut exact)
}

/// The size in a header is a promise.
struct Exact<R> {
    inner: R,
    /// Bytes that are still to come.
    size: u64,
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = usize::try_from(self.size)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let room = buffer.get_mut(..length).unwrap_or_default();
        let count = self.inner.read(room)?;
        if count == 0 && self.size > 0 && !room.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.size -= count as u64;
        Ok(count)
    }
}
