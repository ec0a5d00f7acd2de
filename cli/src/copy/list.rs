//! What is sent of this host.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::archive::{ArchiveError, Entry, look};

/// A path with all beneath it, named from `name` on; from nothing on for a directory's
/// contents. What does not travel (sockets, devices, pipes) comes second.
///
/// # Errors
/// When something cannot be read.
pub fn list(path: &Path, name: &Path) -> Result<(Vec<Entry>, Vec<PathBuf>), ArchiveError> {
    let mut listed = (Vec::new(), Vec::new());
    add(path, name, &mut listed)?;
    Ok(listed)
}

fn add(
    path: &Path,
    name: &Path,
    listed: &mut (Vec<Entry>, Vec<PathBuf>),
) -> Result<(), ArchiveError> {
    let Some(of) = look(path)? else {
        // It was removed while we were listing.
        return Ok(());
    };
    // Contents have no name of their own, and may be named through a link.
    let is_contents = name.as_os_str().is_empty();
    if !is_contents {
        match Entry::of(path, &of, name.to_owned())? {
            Some(entry) => listed.0.push(entry),
            None => listed.1.push(path.to_owned()),
        }
    }
    if !of.is_dir() && !is_contents {
        return Ok(());
    }
    let failed = |error| ArchiveError::read(path, error);
    let mut names = fs::read_dir(path)
        .and_then(|all| {
            all.map(|one| Ok(one?.file_name()))
                .collect::<Result<Vec<_>, _>>()
        })
        .map_err(failed)?;
    names.sort_unstable();
    for child in names {
        add(&path.join(&child), &name.join(&child), listed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    #[test]
    fn directories_come_before_what_they_hold_and_sockets_not_at_all() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("src");
        fs::create_dir_all(root.join("b")).unwrap();
        fs::write(root.join("b/c"), "").unwrap();
        symlink("nowhere", root.join("a")).unwrap();
        let _socket = UnixListener::bind(root.join("s")).unwrap();
        let names = |name: &str| {
            let (entries, left_out) = list(&root, Path::new(name)).unwrap();
            assert_eq!(left_out, [root.join("s")]);
            let names = entries.iter().map(|entry| entry.name.display().to_string());
            names.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names("new"), "new new/a new/b new/b/c");
        assert_eq!(names(""), "a b b/c");
    }
}
