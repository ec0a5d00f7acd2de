//! A file that goes away unless it is kept.

use std::path::{Path, PathBuf};

/// Removes the file on drop, unless [`PartialFile::keep`] was called.
#[derive(Debug)]
pub struct PartialFile {
    path: Option<PathBuf>,
}

impl PartialFile {
    /// Watches over `path`, which need not exist yet.
    pub fn new(path: &Path) -> Self {
        Self {
            path: Some(path.to_owned()),
        }
    }

    /// The file is whole.
    pub fn keep(mut self) {
        self.path = None;
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        let Some(path) = &self.path else { return };
        match std::fs::remove_file(path) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "cannot remove a half-made file");
            }
        }
    }
}
