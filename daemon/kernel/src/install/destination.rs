//! The directory that a kernel is installed into: empty before, and empty after a failure.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::error::InstallError;
use crate::files::{self, FileError};

/// What is not to stay, below the destination so that both are on one disk: packages are
/// unpacked here. A caller may have put what he downloaded here before; it goes too.
pub const WORK: &str = ".work";

/// A destination under way. Dropped without [`finish`](Self::finish), it is emptied.
#[derive(Debug)]
pub(super) struct Destination {
    path: PathBuf,
    finished: bool,
}

impl Destination {
    /// Takes a directory, which is made where it is absent and must be empty but for
    /// [`WORK`].
    pub(super) fn take(path: &Path) -> Result<Self, InstallError> {
        files::create_dir_all(path)?;
        if files::entries(path)?
            .iter()
            .any(|entry| entry.file_name() != WORK)
        {
            return Err(InstallError::NotEmpty {
                dest: path.to_path_buf(),
            });
        }
        Ok(Self {
            path: path.to_path_buf(),
            finished: false,
        })
    }

    /// The directory.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A directory for what is not to stay.
    pub(super) fn work(&self) -> Result<PathBuf, InstallError> {
        let work = self.path.join(WORK);
        files::create_dir_all(&work)?;
        Ok(work)
    }

    /// Removes what is not to stay.
    pub(super) fn remove_work(&self) -> Result<(), InstallError> {
        let work = self.path.join(WORK);
        match fs::remove_dir_all(&work) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(FileError::new("remove", &work, error).into())
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Makes the files durable, once for all of them, and keeps them.
    pub(super) fn finish(mut self) -> Result<(), InstallError> {
        let synced = File::open(&self.path)
            .and_then(|directory| Ok(nix::unistd::syncfs(directory)?))
            .map_err(|error| FileError::new("write", &self.path, error));
        synced?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        for entry in files::entries(&self.path).unwrap_or_default() {
            let path = entry.path();
            // What cannot be removed is the caller's to see: the directory is not empty.
            let _ = match entry.file_type() {
                Ok(kind) if kind.is_dir() => fs::remove_dir_all(path),
                _ => fs::remove_file(path),
            };
        }
    }
}
