//! A directory that holds an image: an OCI layout, or what `docker save` writes, unpacked.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::archive::{Entry, EntryKind, IfGone};
use crate::error::CliError;

/// What names the parts of an image, one of which is there: first on the way, so that the
/// daemon sees at once what comes.
const NAMES: [&str; 3] = ["oci-layout", "index.json", "manifest.json"];
/// How deep the files of an image lie at most.
const DEPTH: usize = 4;

/// All files of it, and how many bytes they have.
///
/// # Errors
/// When it holds no image, or cannot be read.
pub fn list(directory: &Path) -> Result<(Vec<Entry>, u64), CliError> {
    let mut entries = Vec::new();
    walk(directory, Path::new(""), DEPTH, &mut entries)?;
    entries.sort_by_key(|entry| {
        let first = NAMES.iter().position(|name| entry.name == Path::new(name));
        (first.unwrap_or(NAMES.len()), entry.name.clone())
    });
    let is_image = |entry: &Entry| NAMES.iter().any(|name| entry.name == Path::new(name));
    if !entries.first().is_some_and(is_image) {
        let message = format!(
            "{} holds no image: it has neither oci-layout nor manifest.json",
            directory.display()
        );
        let hint = "give an OCI layout; a root file system is given as a tar: tar c -C DIR . | \
                    banger image import - --name NAME";
        return Err(CliError::usage(message, hint));
    }
    let total = entries.iter().map(Entry::size).sum();
    Ok((entries, total))
}

fn walk(
    directory: &Path,
    name: &Path,
    depth: usize,
    entries: &mut Vec<Entry>,
) -> Result<(), CliError> {
    let here = directory.join(name);
    let failed = |path: PathBuf| move |source: io::Error| CliError::File { path, source };
    for found in fs::read_dir(&here).map_err(failed(here.clone()))? {
        let found = found.map_err(failed(here.clone()))?;
        let (source, name) = (found.path(), name.join(found.file_name()));
        // Links are followed: layouts share their blobs by them.
        let of = fs::metadata(&source).map_err(failed(source.clone()))?;
        if of.is_dir() && depth > 1 {
            walk(directory, &name, depth - 1, entries)?;
        } else if of.is_file() {
            entries.push(Entry {
                name,
                kind: EntryKind::File {
                    size: of.len(),
                    source,
                },
                mode: 0o644,
                owner: (0, 0),
                modified: 0,
                if_gone: IfGone::Fail,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_the_parts_comes_first() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        assert!(list(path).is_err());
        fs::create_dir_all(path.join("blobs/sha256")).unwrap();
        fs::write(path.join("blobs/sha256/aa"), "blob").unwrap();
        assert!(list(path).is_err());
        fs::write(path.join("index.json"), "{}").unwrap();
        fs::write(path.join("oci-layout"), "{}").unwrap();
        std::os::unix::fs::symlink("aa", path.join("blobs/sha256/bb")).unwrap();
        let (entries, total) = list(path).unwrap();
        let names: Vec<_> = entries.iter().map(|e| e.name.to_str().unwrap()).collect();
        let blobs = ["blobs/sha256/aa", "blobs/sha256/bb"];
        assert_eq!(names, ["oci-layout", "index.json", blobs[0], blobs[1]]);
        assert_eq!(total, 2 + 2 + 4 + 4);
    }
}
