//! File access with errors that name the file and say what to do.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The disk or a quota is full.
    #[error(
        "no space left on the disk that holds {}: free some space there and try again",
        path.display()
    )]
    NoSpace {
        /// What was being written.
        path: PathBuf,
    },
    /// The file exists, but may not be used.
    #[error(
        "permission denied: cannot {action} {}: run as a user who may, or change its mode",
        path.display()
    )]
    Denied {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
    },
    /// The file is larger than such a file can honestly be.
    #[error("{} is larger than {limit} bytes: this is not the right file", path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// The limit, in bytes.
        limit: u64,
    },
    /// Any other failure.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

impl FileError {
    /// Names the file and the action of an I/O error.
    pub(crate) fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace { path },
            io::ErrorKind::PermissionDenied => Self::Denied { action, path },
            _ => Self::Io {
                action,
                path,
                source,
            },
        }
    }

    /// Whether the file is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Reads a regular file of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let failed = |error| FileError::new("read", path, error);
    let file = open_regular(path)?;
    let mut content = Vec::new();
    file.take(limit.saturating_add(1))
        .read_to_end(&mut content)
        .map_err(failed)?;
    if content.len() as u64 > limit {
        return Err(FileError::TooLarge {
            path: path.to_path_buf(),
            limit,
        });
    }
    Ok(content)
}

/// Opens a file for reading, after making sure that it is a regular one: opening a FIFO
/// would wait for its writer.
pub(crate) fn open_regular(path: &Path) -> Result<File, FileError> {
    let failed = |error| FileError::new("read", path, error);
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(failed(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        )));
    }
    File::open(path).map_err(failed)
}

/// Writes a file and the directories above it.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), FileError> {
    if let Some(parent) = path.parent() {
        create_dir_all(parent)?;
    }
    fs::write(path, content).map_err(|error| FileError::new("write", path, error))
}

/// Fails where a directory's disk has less room than this, in bytes.
pub(crate) fn check_space(directory: &Path, needed: u64) -> Result<(), FileError> {
    let disk = nix::sys::statvfs::statvfs(directory)
        .map_err(|error| FileError::new("read", directory, error.into()))?;
    let free = disk.blocks_available().saturating_mul(disk.fragment_size());
    // A file system without blocks does not count them.
    if disk.blocks() > 0 && free < needed {
        return Err(FileError::NoSpace {
            path: directory.to_path_buf(),
        });
    }
    Ok(())
}

/// Makes a directory and those above it.
pub(crate) fn create_dir_all(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(|error| FileError::new("create", path, error))
}

/// The entries of a directory, sorted by name, so that nothing depends on the file system.
pub(crate) fn entries(path: &Path) -> Result<Vec<fs::DirEntry>, FileError> {
    let failed = |error| FileError::new("read", path, error);
    let mut found = fs::read_dir(path)
        .map_err(failed)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    found.sort_by_key(fs::DirEntry::file_name);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_says_so() {
        let error = FileError::new(
            "write",
            Path::new("/x"),
            io::Error::from_raw_os_error(28), // ENOSPC
        );
        assert!(matches!(error, FileError::NoSpace { .. }));
        assert!(error.to_string().contains("free some space"));
    }

    #[test]
    fn a_file_over_the_limit_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        fs::write(&path, [0; 11]).unwrap();
        assert!(matches!(read(&path, 10), Err(FileError::TooLarge { .. })));
        assert_eq!(read(&path, 11).unwrap().len(), 11);
    }

    #[test]
    fn no_disk_has_room_for_everything() {
        let dir = tempfile::tempdir().unwrap();
        assert!(check_space(dir.path(), 1).is_ok());
        let error = check_space(dir.path(), u64::MAX).unwrap_err();
        assert!(matches!(error, FileError::NoSpace { .. }));
    }

    #[test]
    fn a_directory_is_not_read_as_a_file() {
        assert!(read(Path::new("/"), 10).is_err());
    }
}
