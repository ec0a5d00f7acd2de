//! A home disk that begins as a copy of an image's work-seed, grown to the size that was asked
//! for, or shrunk to it where what it holds has room there.

use std::{
    fs::{self, File},
    io,
    path::Path,
    process::{Command, Stdio},
};

use banger_ext4::clone_sparse;

use super::DiskError;

/// Copies the seed. Blocks.
pub(super) fn from_seed(seed: &Path, disk: &Path, size: u64) -> Result<(), DiskError> {
    clone_sparse(seed, disk)?;
    let failed = |source| DiskError::Directory {
        path: disk.to_owned(),
        source,
    };
    let has = fs::metadata(disk).map_err(failed)?.len();
    let set_length = || {
        let file = File::options().write(true).open(disk)?;
        file.set_len(size)
    };
    if has < size {
        set_length().map_err(failed)?;
        resize(disk, None).map_err(failed)?;
    } else if has > size && resize(disk, Some(size)).is_ok() {
        set_length().map_err(failed)?;
    }
    Ok(())
}

/// Gives the file system that many bytes, or all of its file (resize2fs(8)). Nothing has it
/// mounted.
fn resize(disk: &Path, size: Option<u64>) -> io::Result<()> {
    let grown = Command::new("resize2fs")
        .arg("-f")
        .arg(disk)
        .args(size.map(|size| format!("{}K", size / 1024)))
        .stdin(Stdio::null())
        .output()
        .map_err(|source| io::Error::other(format!("resize2fs cannot be run: {source}")))?;
    if grown.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&grown.stderr);
    Err(io::Error::other(format!(
        "resize2fs failed: {}",
        said.trim()
    )))
}
