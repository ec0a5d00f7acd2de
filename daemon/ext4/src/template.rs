//! Empty writable disks: formatted once per size, then cloned.

use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clone::{CloneError, Method, clone_sparse};
use crate::format::{self, Format, FormatError};
use crate::partial_file::PartialFile;

/// Why there is no template, or no disk from it.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It could not be formatted.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// It could not be cloned.
    #[error(transparent)]
    Clone(#[from] CloneError),
    /// It could not be put in its place.
    #[error("cannot publish {path}: {source}")]
    Publish {
        /// The template.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// An empty ext4 with a journal, of one size. A sparse file of a few hundred KiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    path: PathBuf,
}

impl Template {
    /// The template at `path`, formatted with `capacity` bytes unless it is there already: a
    /// template's name should tell its size. It appears whole or not at all, also when two
    /// callers make it at once.
    ///
    /// # Errors
    /// See [`TemplateError`].
    pub fn ensure(path: &Path, capacity: u64) -> Result<Self, TemplateError> {
        let template = Self {
            path: path.to_owned(),
        };
        if path.is_file() {
            return Ok(template);
        }
        let temporary = temporary_name(path);
        let partial = PartialFile::new(&temporary);
        format::format(
            &temporary,
            &Format {
                capacity,
                inodes: None,
                journal: true,
                uuid: None,
                timestamp: None,
            },
        )?;
        publish(&temporary, path).map_err(|source| TemplateError::Publish {
            path: path.to_owned(),
            source,
        })?;
        partial.keep();
        Ok(template)
    }

    /// A new disk at `destination`, which must not exist.
    ///
    /// # Errors
    /// See [`CloneError`].
    pub fn clone_to(&self, destination: &Path) -> Result<Method, TemplateError> {
        Ok(clone_sparse(&self.path, destination)?)
    }

    /// Where the template is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Beside the template, so that it can be renamed; unique among processes and threads.
fn temporary_name(path: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut name = path.as_os_str().to_owned();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    name.push(format!(".{}-{number}.tmp", process::id()));
    PathBuf::from(name)
}

/// The data is on the disk before the name is.
fn publish(temporary: &Path, path: &Path) -> io::Result<()> {
    std::fs::File::open(temporary)?.sync_all()?;
    std::fs::rename(temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_template_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tiny.ext4");
        assert!(matches!(
            Template::ensure(&path, 4096),
            Err(TemplateError::Format(_))
        ));
        assert_eq!(directory.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn an_existing_template_is_used() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("disk.ext4");
        std::fs::write(&path, "as it is").unwrap();
        let template = Template::ensure(&path, 1 << 30).unwrap();
        template.clone_to(&directory.path().join("copy")).unwrap();
        assert_eq!(
            std::fs::read(directory.path().join("copy")).unwrap(),
            b"as it is"
        );
    }
}
