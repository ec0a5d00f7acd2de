//! A tar's files into the blob store, in one pass.

use super::LocalError;
use crate::blobs::{BlobStore, Hold};
use crate::digest::{Algorithm, Digest, Hasher};
use crate::manifest::{MAX_LAYER, MAX_LAYERS_TOTAL, MAX_MANIFEST};
use banger_ext4::archive::Archive;
use banger_ext4::entry::{Entry, Kind};
use std::collections::HashMap;
use std::io::Read;

/// The most files of an archive: an image has at most 512 layers, and docker's old form
/// three files for each.
const MAX_FILES: usize = 100_000;
/// The most links from one name to the next.
const MAX_LINKS: usize = 8;
/// How much is read at once, in bytes.
const PIECE: usize = 256 << 10;
/// Files that say what the others are; kept in memory.
const SMALL: [&str; 3] = ["index.json", "manifest.json", "oci-layout"];

/// A file of an archive that is in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
}

/// All of an archive's files.
#[derive(Debug, Default)]
pub struct Spooled {
    /// By name: what is in the store.
    stored: HashMap<String, Stored>,
    /// By digest: their lengths.
    sizes: HashMap<Digest, u64>,
    /// By name: what is small and says what the others are.
    small: HashMap<String, Vec<u8>>,
    /// By name: where links lead.
    links: HashMap<String, String>,
    /// Whether docker's `repositories` is there.
    pub repositories: bool,
    /// Keep them from being swept.
    holds: Vec<Hold>,
}

impl Spooled {
    /// One of the small files.
    pub fn small(&self, name: &str) -> Option<&[u8]> {
        self.small.get(name).map(Vec::as_slice)
    }

    /// A file by its name; links are followed.
    ///
    /// # Errors
    /// [`LocalError::Missing`] or [`LocalError::DeadLink`].
    pub fn named(&self, name: &str) -> Result<&Stored, LocalError> {
        let wanted = plain_name(name.as_bytes());
        let wanted = wanted.ok_or_else(|| LocalError::BadName(name.to_owned()))?;
        let mut at = wanted.as_str();
        for _ in 0..MAX_LINKS {
            match (self.stored.get(at), self.links.get(at)) {
                (Some(stored), _) => return Ok(stored),
                (None, Some(next)) => at = next,
                (None, None) if at == wanted => return Err(LocalError::Missing(wanted)),
                (None, None) => break,
            }
        }
        Err(LocalError::DeadLink(wanted))
    }

    /// The length of a blob of the archive.
    pub fn size(&self, digest: &Digest) -> Option<u64> {
        self.sizes.get(digest).copied()
    }

    /// Puts something small of our own into the store, as if it had been in the archive.
    ///
    /// # Errors
    /// When the store fails.
    pub fn add(&mut self, blobs: &BlobStore, bytes: &[u8]) -> Result<Digest, LocalError> {
        let digest = Digest::of(bytes);
        self.holds.push(blobs.hold([&digest]));
        blobs.put(&digest, bytes)?;
        self.sizes.insert(digest.clone(), bytes.len() as u64);
        Ok(digest)
    }
}

/// Reads a tar, not packed, to its end.
///
/// # Errors
/// When it is damaged, or no archive of an image; what was stored until then is swept with
/// the next sweep.
pub fn spool<R: Read>(tar: R, blobs: &BlobStore) -> Result<Spooled, LocalError> {
    let mut archive = Archive::new(tar);
    let mut spooled = Spooled::default();
    let mut total = 0u64;
    let mut count = 0;
    while let Some(entry) = archive.next_entry()? {
        count += 1;
        if count > MAX_FILES {
            return Err(LocalError::TooManyFiles(MAX_FILES));
        }
        let Some(name) = plain_name(&entry.path) else {
            let name = String::from_utf8_lossy(&entry.path).into_owned();
            return Err(LocalError::BadName(name));
        };
        // What comes later under the same name counts, as with every tar.
        spooled.links.remove(&name);
        spooled.stored.remove(&name);
        match link_target(&name, &entry) {
            Some(Some(target)) => {
                spooled.links.insert(name, target);
                continue;
            }
            Some(None) => return Err(LocalError::DeadLink(name)),
            None => {}
        }
        let Kind::File(data) = &entry.kind else {
            continue;
        };
        if data.data_len() != data.size {
            return Err(LocalError::Sparse(name));
        }
        total = total.saturating_add(data.size);
        if total > MAX_LAYERS_TOTAL {
            return Err(LocalError::TooLarge(MAX_LAYERS_TOTAL));
        }
        if SMALL.contains(&name.as_str()) {
            let bytes = small(&name, data.size, &mut archive)?;
            spooled.small.insert(name, bytes);
        } else if name == "repositories" {
            spooled.repositories = true;
        } else if !is_legacy(&name) {
            let stored = store(&name, data.size, &mut archive, blobs, &mut spooled.holds)?;
            spooled.sizes.insert(stored.digest.clone(), stored.size);
            spooled.stored.insert(name, stored);
        }
    }
    Ok(spooled)
}

/// What docker wrote for programs before 1.10 beside every layer.
fn is_legacy(name: &str) -> bool {
    matches!(name.rsplit_once('/'), Some((_, "VERSION" | "json")))
}

/// Where a link leads: below the archive's top, or nowhere. `None` for what is no link.
fn link_target(name: &str, entry: &Entry) -> Option<Option<String>> {
    match &entry.kind {
        Kind::HardLink { target } => Some(plain_name(target)),
        Kind::Symlink { target } => {
            let target = std::str::from_utf8(target).ok();
            Some(target.and_then(|target| resolve(name, target)))
        }
        Kind::Directory
        | Kind::File(_)
        | Kind::CharDevice(_)
        | Kind::BlockDevice(_)
        | Kind::Fifo
        | Kind::Socket => None,
    }
}

/// A symbolic link's target, seen from the archive's top.
fn resolve(name: &str, target: &str) -> Option<String> {
    let mut path: Vec<&str> = match target.starts_with('/') {
        true => return None,
        false => name.split('/').collect(),
    };
    path.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                path.pop()?;
            }
            part => path.push(part),
        }
    }
    Some(path.join("/"))
}

fn small<R: Read>(name: &str, size: u64, data: &mut R) -> Result<Vec<u8>, LocalError> {
    if size > MAX_MANIFEST {
        return Err(LocalError::LongFile {
            name: name.to_owned(),
            size,
            limit: MAX_MANIFEST,
        });
    }
    let mut bytes = Vec::new();
    data.read_to_end(&mut bytes).map_err(damaged)?;
    Ok(bytes)
}

fn store<R: Read>(
    name: &str,
    size: u64,
    data: &mut R,
    blobs: &BlobStore,
    holds: &mut Vec<Hold>,
) -> Result<Stored, LocalError> {
    let limit = MAX_LAYER;
    if size > limit {
        return Err(LocalError::LongFile {
            name: name.to_owned(),
            size,
            limit,
        });
    }
    let promised = promised(name);
    let algorithm = promised.as_ref().map(Digest::algorithm);
    let mut other = match algorithm {
        Some(Algorithm::Sha256) | None => None,
        Some(algorithm) => Some(Hasher::new(algorithm)),
    };
    let mut incoming = blobs.incoming(size)?;
    let mut piece = vec![0; PIECE];
    loop {
        let count = data.read(&mut piece).map_err(damaged)?;
        let Some(part) = piece.get(..count).filter(|part| !part.is_empty()) else {
            break;
        };
        if let Some(other) = &mut other {
            other.update(part);
        }
        incoming.write(part)?;
    }
    let found = match other {
        Some(other) => other.finish(),
        None => incoming.digest(),
    };
    if promised.is_some_and(|promised| promised != found) {
        let name = name.to_owned();
        return Err(LocalError::WrongDigest { name, found });
    }
    // Before it can be seen by a sweep.
    holds.push(blobs.hold([&found]));
    match found.algorithm() {
        Algorithm::Sha256 => {
            incoming.finish()?;
        }
        Algorithm::Sha512 => incoming.finish_as(&found)?,
    }
    Ok(Stored {
        digest: found,
        size,
    })
}

/// The digest that a name promises: that of a layout's blob.
fn promised(name: &str) -> Option<Digest> {
    let (algorithm, hex) = name.strip_prefix("blobs/")?.split_once('/')?;
    format!("{algorithm}:{hex}").parse().ok()
}

/// Errors of reading an entry's data are the archive's.
fn damaged(error: std::io::Error) -> LocalError {
    match error.downcast() {
        Ok(error) => LocalError::Archive(error),
        Err(error) => LocalError::Decompress(error.into()),
    }
}

/// A member's name without `.` and doubled slashes; `None` when it climbs or is no text.
/// Empty for the top itself.
pub fn plain_name(path: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(path).ok()?;
    let parts: Vec<&str> = text
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    if parts.contains(&"..") || text.contains('\0') {
        return None;
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn links_are_seen_from_the_top() {
        for (name, target, seen) in [
            ("a/layer.tar", "../b/layer.tar", Some("b/layer.tar")),
            ("a/layer.tar", "../x.tar", Some("x.tar")),
            ("a", "./b", Some("b")),
            ("a", "../b", None),
            ("a", "/etc/passwd", None),
        ] {
            assert_eq!(resolve(name, target).as_deref(), seen, "{name} {target}");
        }
    }

    #[test]
    fn names_are_plain() {
        assert_eq!(plain_name(b"./a//b/").as_deref(), Some("a/b"));
        assert_eq!(plain_name(b"/a").as_deref(), Some("a"));
        assert_eq!(plain_name(b"./").as_deref(), Some(""));
        assert_eq!(plain_name(b"a/../../b"), None);
        assert_eq!(plain_name(b"\xff"), None);
    }

    proptest! {
        #[test]
        fn no_name_leaves_the_top(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(name) = plain_name(&bytes) {
                prop_assert!(!name.starts_with('/'));
                prop_assert!(name.split('/').all(|part| part != ".."));
            }
        }

        #[test]
        fn no_link_leaves_the_top(name in "[a./]{0,12}", target in "[a./]{0,12}") {
            let Some(name) = plain_name(name.as_bytes()) else { return Ok(()) };
            if let Some(seen) = resolve(&name, &target) {
                prop_assert!(!seen.starts_with('/') && seen.split('/').all(|part| part != ".."));
            }
        }
    }
}
