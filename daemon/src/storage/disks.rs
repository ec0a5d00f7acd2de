//! A VM's disks, cloned from an empty template: milliseconds, and no space until written.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use banger_api::size::MIB;
use banger_ext4::{Template, clone::CloneError, template::TemplateError};

use super::{Layout, VmFiles, home_disk};

/// Why a VM has no disks.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// An empty file system could not be made.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// It could not be cloned.
    #[error(transparent)]
    Clone(#[from] CloneError),
    /// A directory could not be made.
    #[error("{path}: {source}")]
    Directory {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Makes a VM's directory and its two disks; that at /root begins as the work-seed where there
/// is one. Blocks; call it off the actors' thread.
///
/// # Errors
/// When there is no space or no `mke2fs`; the caller removes the directory.
pub fn clone_disks(
    layout: &Layout,
    files: &VmFiles,
    disk_mib: u64,
    work_seed: Option<&Path>,
) -> Result<(), DiskError> {
    make_directory(&files.directory)?;
    make_directory(&layout.templates())?;
    let path = layout.templates().join(format!("ext4-{disk_mib}.img"));
    let empty = Template::ensure(&path, disk_mib * MIB)?;
    empty.clone_to(&files.system)?;
    match work_seed {
        Some(seed) => home_disk::from_seed(seed, &files.home, disk_mib * MIB),
        None => Ok(empty.clone_to(&files.home).map(drop)?),
    }
}

fn make_directory(path: &Path) -> Result<(), DiskError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| DiskError::Directory {
            path: path.to_owned(),
            source,
        })
}
