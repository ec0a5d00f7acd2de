//! An empty ext4 in a sparse file, made by `mke2fs`.
//!
//! The features are named one by one, so that an image does not depend on the host's
//! mke2fs.conf and any kernel since 4.4 can mount it.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::partial_file::PartialFile;
use crate::sys::{BLOCK_SIZE, INODE_SIZE};
use crate::writer::Options;

/// Features of every image; see ext4(5).
const FEATURES: &str = "none,ext_attr,dir_index,filetype,extent,64bit,flex_bg,sparse_super,\
large_file,huge_file,dir_nlink,extra_isize,metadata_csum";

/// What the empty file system is to be like.
#[derive(Debug, Clone)]
pub struct Format {
    /// Bytes, rounded down to whole blocks.
    pub capacity: u64,
    /// Inodes; one for every 16 KiB when `None`.
    pub inodes: Option<u32>,
    /// With a journal, for a file system that will be written; its blocks are not zeroed.
    pub journal: bool,
    /// UUID and hash seed; random when `None`.
    pub uuid: Option<[u8; 16]>,
    /// Seconds since 1970 to stamp it with; the clock when `None`.
    pub timestamp: Option<u32>,
}

/// Why there is no empty file system.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// `mke2fs` is not installed.
    #[error("mke2fs was not found in PATH, /usr/sbin or /sbin; install e2fsprogs")]
    NoMke2fs,
    /// The file could not be made: it exists, or there is no room.
    #[error("cannot make {path}: {source}")]
    Create {
        /// The image.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// `mke2fs` could not be run.
    #[error("cannot run {program}: {source}")]
    Run {
        /// Which one.
        program: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// `mke2fs` ran and refused, for instance because the capacity is too small.
    #[error("mke2fs cannot make a file system of {capacity} bytes: {message}")]
    Refused {
        /// As asked for.
        capacity: u64,
        /// What it said.
        message: String,
    },
}

/// Makes the file `path`, which must not exist, with mode 0600, and an empty file system in
/// it. The file is sparse: a few hundred KiB, whatever its capacity. On an error it may be
/// left behind; the caller removes it.
///
/// # Errors
/// See [`FormatError`].
pub fn format(path: &Path, format: &Format) -> Result<(), FormatError> {
    let program = find_mke2fs().ok_or(FormatError::NoMke2fs)?;
    let capacity = format.capacity / BLOCK_SIZE as u64 * BLOCK_SIZE as u64;
    File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|file| file.set_len(capacity))
        .map_err(|source| FormatError::Create {
            path: path.to_owned(),
            source,
        })?;

    let mut command = Command::new(&program);
    command
        .args(arguments(format))
        .arg(path)
        .env_clear()
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    if let Some(timestamp) = format.timestamp {
        // The first for e2fsprogs up to 1.47.0, the second since.
        for name in ["E2FSPROGS_FAKE_TIME", "SOURCE_DATE_EPOCH"] {
            command.env(name, timestamp.max(1).to_string());
        }
    }
    let output = command.output().map_err(|source| FormatError::Run {
        program: program.clone(),
        source,
    })?;
    match output.status.success() {
        true => Ok(()),
        false => Err(FormatError::Refused {
            capacity,
            message: last_line(&output.stderr),
        }),
    }
}

/// Makes the empty image that [`crate::ImageWriter`] fills. The file is removed again unless
/// the answer is [kept](PartialFile::keep); nothing is left on an error, and a file that
/// existed before is not touched.
///
/// # Errors
/// See [`FormatError`].
pub fn create_root(destination: &Path, options: &Options) -> Result<PartialFile, FormatError> {
    let wanted = Format {
        capacity: options.capacity,
        inodes: options.inodes,
        journal: false,
        uuid: Some(options.uuid),
        timestamp: Some(options.timestamp),
    };
    let partial = PartialFile::new(destination);
    match format(destination, &wanted) {
        Ok(()) => Ok(partial),
        Err(error) => {
            // A destination that exists is somebody else's: it is only watched over once it
            // is ours.
            match error {
                FormatError::Refused { .. } | FormatError::Run { .. } => drop(partial),
                FormatError::NoMke2fs | FormatError::Create { .. } => partial.keep(),
            }
            Err(error)
        }
    }
}

fn arguments(format: &Format) -> Vec<String> {
    let mut features = FEATURES.to_owned();
    // Nothing is zeroed that a sparse file has as zeros already, nor trimmed.
    let mut extended = "lazy_itable_init=1,root_owner=0:0,nodiscard".to_owned();
    if format.journal {
        features += ",has_journal";
        extended += ",lazy_journal_init=1";
    }
    let mut arguments = vec!["-q".into(), "-F".into(), "-t".into(), "ext4".into()];
    arguments.extend(["-b".into(), BLOCK_SIZE.to_string()]);
    arguments.extend(["-I".into(), INODE_SIZE.to_string()]);
    arguments.extend(["-m".into(), "0".into(), "-O".into(), features]);
    match format.inodes {
        Some(inodes) => arguments.extend(["-N".into(), inodes.to_string()]),
        None => arguments.extend(["-i".into(), "16384".into()]),
    }
    if let Some(uuid) = format.uuid {
        let uuid = uuid_text(uuid);
        extended += &format!(",hash_seed={uuid}");
        arguments.extend(["-U".into(), uuid]);
    }
    arguments.extend(["-E".into(), extended]);
    arguments
}

fn uuid_text(uuid: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in uuid.iter().enumerate() {
        if [4, 6, 8, 10].contains(&index) {
            text.push('-');
        }
        text += &format!("{byte:02x}");
    }
    text
}

/// An unprivileged user's PATH often lacks /sbin.
fn find_mke2fs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|directory| directory.join("mke2fs"))
        .find(|candidate| candidate.is_absolute() && candidate.is_file())
}

fn last_line(output: &[u8]) -> String {
    String::from_utf8_lossy(output)
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty())
        .unwrap_or("no reason given")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_written_in_groups() {
        assert_eq!(
            uuid_text(*b"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"),
            "00112233-4455-6677-8899-aabbccddeeff"
        );
    }

    #[test]
    fn a_file_that_exists_is_not_touched() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("image");
        std::fs::write(&path, "precious").unwrap();
        let result = format(&path, &empty(1 << 24));
        assert!(matches!(result, Err(FormatError::Create { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    }

    #[test]
    fn too_small_is_refused_with_mke2fs_words() {
        let directory = tempfile::tempdir().unwrap();
        let result = format(&directory.path().join("image"), &empty(4096));
        let Err(FormatError::Refused { message, .. }) = result else {
            panic!("{result:?}");
        };
        assert!(!message.is_empty());
    }

    fn empty(capacity: u64) -> Format {
        Format {
            capacity,
            inodes: None,
            journal: false,
            uuid: None,
            timestamp: None,
        }
    }
}
