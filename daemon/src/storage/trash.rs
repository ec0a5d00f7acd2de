//! What nobody needs to wait for: the removal of large files.
//!
//! Freeing a disk's blocks takes a tenth of a second and more where the file system tells the
//! device of each (`discard`). So a directory is renamed into the trash, which is all that
//! its owner waits for. A daemon that starts empties the trash that the last one left.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::Layout;

/// Takes a directory of the state out of sight. What is given is to be removed with
/// [`remove`]; nothing is where nothing is left to do. Blocks.
///
/// # Errors
/// When it can neither be moved nor, at once, be removed.
pub fn throw_away(layout: &Layout, directory: &Path) -> io::Result<Option<PathBuf>> {
    match rename_into(&layout.trash(), directory) {
        Ok(thrown) => Ok(Some(thrown)),
        // A full disk may have no room for the trash.
        Err(_) => match fs::remove_dir_all(directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(None),
        },
    }
}

fn rename_into(trash: &Path, directory: &Path) -> io::Result<PathBuf> {
    let name = directory.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(trash)?;
    let thrown = trash.join(name);
    fs::rename(directory, &thrown)?;
    Ok(thrown)
}

/// Removes it for good. Blocks; call it off the actors' thread. What cannot be removed stays
/// for the next daemon.
pub fn remove(thrown: &Path) {
    match fs::remove_dir_all(thrown) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(path = %thrown.display(), %error, "not removed");
        }
        Ok(()) | Err(_) => {}
    }
}

/// Removes all that an earlier daemon threw away. Blocks.
pub fn empty(layout: &Layout) {
    let Ok(entries) = fs::read_dir(layout.trash()) else {
        return;
    };
    for entry in entries.flatten() {
        remove(&entry.path());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(directory: &Path) -> Layout {
        Layout {
            state_dir: directory.to_owned(),
            runtime_dir: directory.to_owned(),
        }
    }

    #[test]
    fn a_directory_is_out_of_sight_at_once_and_gone_in_the_end() {
        let home = tempfile::tempdir().unwrap();
        let layout = layout(home.path());
        let directory = layout.vms().join("1a2b");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("disk"), "x").unwrap();
        let thrown = throw_away(&layout, &directory).unwrap().unwrap();
        assert!(!directory.exists());
        assert!(thrown.join("disk").exists());
        remove(&thrown);
        remove(&thrown);
        assert_eq!(layout.trash().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn without_a_place_for_trash_it_is_removed_at_once() {
        let home = tempfile::tempdir().unwrap();
        let layout = layout(home.path());
        let directory = layout.vms().join("1a2b");
        fs::create_dir_all(&directory).unwrap();
        fs::write(layout.trash(), "in the way").unwrap();
        assert_eq!(throw_away(&layout, &directory).unwrap(), None);
        assert!(!directory.exists());
    }

    #[test]
    fn what_is_missing_needs_no_removal() {
        let home = tempfile::tempdir().unwrap();
        let layout = layout(home.path());
        assert_eq!(throw_away(&layout, &layout.vms().join("x")).unwrap(), None);
    }

    #[test]
    fn the_last_daemons_trash_is_emptied() {
        let home = tempfile::tempdir().unwrap();
        let layout = layout(home.path());
        empty(&layout);
        fs::create_dir_all(layout.trash().join("1a2b")).unwrap();
        empty(&layout);
        assert_eq!(layout.trash().read_dir().unwrap().count(), 0);
    }
}
