//! Space that is set aside: a file of nothing. Removed, it leaves room for the few writes without
//! which nothing could be deleted on a full disk.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use nix::fcntl::posix_fallocate;

/// The file's name, and that of one that is not complete yet.
const NAME: &str = "reserve";
const UNFINISHED: &str = "reserve.new";

/// How large it is, in bytes: some of sled's segments, of 512 KiB each.
const SIZE: i64 = 4 << 20;

/// The file, or its absence.
pub(crate) struct Reserve {
    directory: PathBuf,
    is_there: bool,
}

impl Reserve {
    /// What an earlier process left, or nothing.
    pub(crate) fn in_directory(directory: &Path) -> Self {
        Self {
            is_there: directory.join(NAME).exists(),
            directory: directory.to_owned(),
        }
    }

    /// Whether space is set aside.
    pub(crate) fn is_there(&self) -> bool {
        self.is_there
    }

    /// Sets space aside, where that can be.
    pub(crate) fn make(&mut self) {
        let unfinished = self.directory.join(UNFINISHED);
        let made = File::create(&unfinished)
            .and_then(|file| Ok(posix_fallocate(&file, 0, SIZE)?))
            .and_then(|()| fs::rename(&unfinished, self.directory.join(NAME)));
        match made {
            Ok(()) => self.is_there = true,
            Err(error) => {
                tracing::debug!(%error, "no space is set aside");
                let _ = fs::remove_file(&unfinished);
            }
        }
    }

    /// Leaves the space to others.
    pub(crate) fn give_up(&mut self) {
        match fs::remove_file(self.directory.join(NAME)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "the space that was set aside stays so");
            }
            Ok(()) | Err(_) => self.is_there = false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn it_takes_space_until_it_is_given_up() {
        let directory = tempfile::tempdir().unwrap();
        let mut reserve = Reserve::in_directory(directory.path());
        assert!(!reserve.is_there());
        reserve.make();
        assert!(reserve.is_there() && Reserve::in_directory(directory.path()).is_there());
        let file = fs::metadata(directory.path().join(NAME)).unwrap();
        assert!(file.blocks() * 512 >= 4 << 20);
        reserve.give_up();
        reserve.give_up();
        assert!(!reserve.is_there());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
