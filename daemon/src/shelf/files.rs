//! Directories: made, published, swept.

use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// What the directory of something that is being made begins with.
const MAKING: &str = ".making-";

/// Makes the directory in which something is made.
pub fn begin(shelf: &Path, id: &str) -> io::Result<PathBuf> {
    let directory = shelf.join(format!("{MAKING}{id}"));
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&directory)?;
    Ok(directory)
}

/// Moves it to its place; it survives a power cut from then on.
pub fn publish(making: &Path, shelf: &Path, id: &str) -> io::Result<PathBuf> {
    let place = shelf.join(id);
    for entry in fs::read_dir(making)? {
        let path = entry?.path();
        if path.is_file() {
            fs::File::open(&path)?.sync_all()?;
        }
    }
    fs::File::open(making)?.sync_all()?;
    fs::rename(making, &place)?;
    fs::File::open(shelf)?.sync_all()?;
    Ok(place)
}

/// Removes a directory that may be gone already.
pub fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// Removes all directories that no record names: nothing can use them, for whatever uses a
/// thing holds its record's id.
pub fn sweep(shelf: &Path, known: &BTreeSet<String>) -> io::Result<Vec<PathBuf>> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(shelf)?;
    let mut removed = Vec::new();
    for entry in fs::read_dir(shelf)? {
        let entry = entry?;
        let is_known = entry
            .file_name()
            .to_str()
            .is_some_and(|name| known.contains(name));
        if !is_known && entry.file_type()?.is_dir() {
            remove(&entry.path())?;
            removed.push(entry.path());
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_record_is_swept_and_what_has_one_stays() {
        let shelf = tempfile::tempdir().unwrap();
        let making = begin(shelf.path(), "aaa").unwrap();
        fs::write(making.join("file"), "x").unwrap();
        let place = publish(&making, shelf.path(), "aaa").unwrap();
        let left = begin(shelf.path(), "bbb").unwrap();
        let removed = sweep(shelf.path(), &BTreeSet::from(["aaa".to_owned()])).unwrap();
        assert_eq!(removed, std::slice::from_ref(&left));
        assert!(place.join("file").exists() && !left.exists());
    }
}
