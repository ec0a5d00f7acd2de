//! The files of a machine: opened for processes that run as another user, logs, sockets.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::RawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::VmmError;

/// How much of a log's end is shown.
const LOG_TAIL: u64 = 2048;

/// Opens a file for the VMM, with the rights that it will have.
pub(super) fn open_for_machine(path: &Path, read_only: bool) -> Result<File, VmmError> {
    OpenOptions::new()
        .read(true)
        .write(!read_only)
        .open(path)
        .map_err(|source| VmmError::File {
            path: path.to_owned(),
            source,
        })
}

/// Opens a file that QEMU opens once more by its descriptor: then the file's own mode counts,
/// though its directories' do not. Checked here, where the cause can still be told.
pub(super) fn open_for_reopening(path: &Path, run_as: Option<u32>) -> Result<File, VmmError> {
    let file = open_for_machine(path, true)?;
    let failed = |source| VmmError::File {
        path: path.to_owned(),
        source,
    };
    let metadata = file.metadata().map_err(failed)?;
    if run_as.is_some_and(|id| !permits(&metadata, id, 0o4)) {
        return Err(failed(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the VMM's own user must be able to read it: chmod a+r",
        )));
    }
    Ok(file)
}

/// The path by which a process finds its own open file again.
pub(super) fn descriptor_path(descriptor: RawFd) -> String {
    format!("/proc/self/fd/{descriptor}")
}

/// Whether a file lets the user and group `id` do what `right` says: 4 to read, 1 to enter or
/// run.
pub(super) fn permits(metadata: &Metadata, id: u32, right: u32) -> bool {
    let shift = if id == 0 {
        return true;
    } else if metadata.uid() == id {
        6
    } else if metadata.gid() == id {
        3
    } else {
        0
    };
    metadata.mode() & (right << shift) != 0
}

/// Opens a log for appending, made where absent; for our own user only.
pub(super) fn open_log(path: &Path) -> Result<File, VmmError> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map_err(|source| VmmError::File {
            path: path.to_owned(),
            source,
        })
}

/// The end of what was appended to a log after its first `from` bytes, on one line.
pub(super) fn log_tail(path: &Path, from: u64) -> String {
    read_tail(path, from).unwrap_or_default()
}

fn read_tail(path: &Path, from: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(from.max(length.saturating_sub(LOG_TAIL))))?;
    let mut text = Vec::new();
    file.take(LOG_TAIL).read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    Ok(lines.join("; ").trim_end_matches("; ").to_owned())
}

/// How long a log is; 0 where it is missing.
pub(super) fn log_length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// Removes the sockets in a machine's directory, and nothing else.
pub(super) fn remove_sockets(runtime_dir: &Path) {
    let Ok(entries) = std::fs::read_dir(runtime_dir) else {
        return;
    };
    let sockets = entries.flatten().filter(|entry| {
        entry
            .file_type()
            .is_ok_and(|file_type| file_type.is_socket())
    });
    for path in sockets.map(|entry| entry.path()).collect::<Vec<PathBuf>>() {
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(path = %path.display(), %error, "a socket could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_tail_of_a_log_leaves_out_what_was_there_before() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        std::fs::write(&path, "old run\nqemu: bad\nqemu: worse\n").unwrap();
        assert_eq!(log_tail(&path, 8), "qemu: bad; qemu: worse");
        assert_eq!(log_tail(&directory.path().join("none"), 0), "");
    }

    #[test]
    fn a_long_log_is_cut_to_its_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        std::fs::write(&path, "x".repeat(10_000) + "end").unwrap();
        let tail = log_tail(&path, 0);
        assert_eq!(tail.len() as u64, LOG_TAIL);
        assert!(tail.ends_with("end"));
    }

    #[test]
    fn a_kernel_that_the_machines_user_may_not_read_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vmlinux");
        std::fs::write(&path, "x").unwrap();
        let set = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        set(0o600);
        assert!(open_for_reopening(&path, Some(4_000_000)).is_err());
        assert!(open_for_reopening(&path, None).is_ok());
        set(0o644);
        assert!(open_for_reopening(&path, Some(4_000_000)).is_ok());
    }

    #[test]
    fn rights_are_the_owners_the_groups_or_everybodys() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("f");
        std::fs::write(&path, "x").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o741)).unwrap();
        let metadata = std::fs::metadata(&path).unwrap();
        let stranger = metadata.uid().max(metadata.gid()) + 1;
        assert!(permits(&metadata, stranger, 0o1));
        assert!(!permits(&metadata, stranger, 0o4));
        assert!(permits(&metadata, metadata.uid(), 0o4));
        assert!(permits(&metadata, 0, 0o4));
    }

    #[test]
    fn only_sockets_are_removed() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("keep");
        std::fs::write(&file, "").unwrap();
        let socket = directory.path().join("s");
        drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
        remove_sockets(directory.path());
        assert!(file.exists());
        assert!(!socket.exists());
    }
}
