//! A home disk that begins as a copy of an image's work-seed, grown to the size that was asked
//! for. One that is larger keeps its size.

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
    if has < size {
        let file = File::options().write(true).open(disk).map_err(failed)?;
        file.set_len(size).map_err(failed)?;
        drop(file);
        grow(disk).map_err(failed)?;
    }
    Ok(())
}

/// Lets the file system fill its file (resize2fs(8)). Nothing has it mounted.
fn grow(disk: &Path) -> io::Result<()> {
    let grown = Command::new("resize2fs")
        .arg("-f")
        .arg(disk)
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
