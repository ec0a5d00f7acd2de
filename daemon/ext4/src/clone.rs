//! A copy of a sparse file that takes no more room than it has to.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::copy_file_range;
use nix::unistd::{Whence, lseek};

use crate::partial_file::PartialFile;
use crate::sys::reflink;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CloneError {
    /// The source cannot be read.
    #[error("cannot read {path}: {source}")]
    Source {
        /// The source.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The destination exists, or cannot be written.
    #[error("cannot write {path}: {source}")]
    Destination {
        /// The destination.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// How a copy was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Both files share their blocks until one is written.
    Reflink,
    /// Data was copied, holes were left out.
    SparseCopy {
        /// Bytes that were copied.
        bytes: u64,
    },
}

/// Copies `source` to `destination`, which must not exist and will have mode 0600. Shares the
/// blocks where the file system can (btrfs, XFS, bcachefs), else copies only what is not a
/// hole. Nothing is left at `destination` when it fails. The copy is not fsynced.
///
/// # Errors
/// See [`CloneError`].
pub fn clone_sparse(source: &Path, destination: &Path) -> Result<Method, CloneError> {
    let from = File::open(source).map_err(|error| CloneError::Source {
        path: source.to_owned(),
        source: error,
    })?;
    let to_error = |error| CloneError::Destination {
        path: destination.to_owned(),
        source: error,
    };
    let to = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(destination)
        .map_err(to_error)?;
    let partial = PartialFile::new(destination);
    let method = match reflink(&from, &to) {
        Ok(()) => Method::Reflink,
        Err(_) => Method::SparseCopy {
            bytes: copy_data(&from, &to).map_err(to_error)?,
        },
    };
    partial.keep();
    Ok(method)
}

fn copy_data(from: &File, to: &File) -> io::Result<u64> {
    let len = from.metadata()?.len();
    to.set_len(len)?;
    let mut copied = 0;
    let mut position = 0;
    while position < len {
        let start = match lseek(from, offset(position)?, Whence::SeekData) {
            Ok(start) => u64::try_from(start).unwrap_or(len),
            // No data after this.
            Err(Errno::ENXIO) => break,
            // A file system that knows no holes: everything is data.
            Err(Errno::EINVAL) => position,
            Err(error) => return Err(error.into()),
        };
        let end = match lseek(from, offset(start)?, Whence::SeekHole) {
            Ok(end) => u64::try_from(end).unwrap_or(len).min(len),
            Err(Errno::EINVAL) => len,
            Err(error) => return Err(error.into()),
        };
        copy_range(from, to, start, end)?;
        copied += end - start;
        position = end;
    }
    Ok(copied)
}

fn copy_range(from: &File, to: &File, start: u64, end: u64) -> io::Result<()> {
    let mut position = start;
    while position < end {
        let (mut in_offset, mut out_offset) = (offset(position)?, offset(position)?);
        let len = usize::try_from(end - position).unwrap_or(usize::MAX);
        match copy_file_range(from, Some(&mut in_offset), to, Some(&mut out_offset), len) {
            // The source became shorter: what is missing reads as zeros.
            Ok(0) => return Ok(()),
            Ok(count) => position += count as u64,
            Err(Errno::EINTR) => {}
            // Between some file systems, and before Linux 5.3, it has to be done by hand.
            Err(Errno::EXDEV | Errno::EOPNOTSUPP | Errno::ENOSYS | Errno::EINVAL) => {
                return copy_by_hand(from, to, position, end);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn copy_by_hand(from: &File, to: &File, start: u64, end: u64) -> io::Result<()> {
    let mut buffer = vec![0; 256 * 1024];
    let mut position = start;
    while position < end {
        let wanted = buffer
            .len()
            .min(usize::try_from(end - position).unwrap_or(usize::MAX));
        match from.read_at(&mut buffer[..wanted], position) {
            Ok(0) => return Ok(()),
            Ok(got) => {
                to.write_all_at(&buffer[..got], position)?;
                position += got as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn offset(position: u64) -> io::Result<i64> {
    i64::try_from(position).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    fn sparse_file(path: &Path) {
        let file = File::create(path).unwrap();
        file.write_all_at(b"start", 0).unwrap();
        file.write_all_at(b"middle", 10 << 20).unwrap();
        file.set_len(64 << 20).unwrap();
    }

    #[test]
    fn holes_stay_holes_and_data_is_equal() {
        let directory = tempfile::tempdir().unwrap();
        let (a, b) = (directory.path().join("a"), directory.path().join("b"));
        sparse_file(&a);
        clone_sparse(&a, &b).unwrap();
        assert_eq!(std::fs::read(&a).unwrap(), std::fs::read(&b).unwrap());
        let metadata = b.metadata().unwrap();
        assert!(metadata.blocks() * 512 < 1 << 20);
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn copying_by_hand_is_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let (a, b) = (directory.path().join("a"), directory.path().join("b"));
        sparse_file(&a);
        let to = File::create(&b).unwrap();
        to.set_len(64 << 20).unwrap();
        copy_by_hand(&File::open(&a).unwrap(), &to, 0, 64 << 20).unwrap();
        assert_eq!(std::fs::read(&a).unwrap(), std::fs::read(&b).unwrap());
    }

    #[test]
    fn what_exists_is_not_touched() {
        let directory = tempfile::tempdir().unwrap();
        let (a, b) = (directory.path().join("a"), directory.path().join("b"));
        sparse_file(&a);
        std::fs::write(&b, "precious").unwrap();
        assert!(matches!(
            clone_sparse(&a, &b),
            Err(CloneError::Destination { .. })
        ));
        assert_eq!(std::fs::read(&b).unwrap(), b"precious");
    }

    #[test]
    fn a_missing_source_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let (a, b) = (directory.path().join("a"), directory.path().join("b"));
        assert!(matches!(
            clone_sparse(&a, &b),
            Err(CloneError::Source { .. })
        ));
        assert!(!b.exists());
    }
}
