//! What is recorded of an installed kernel, in its `manifest.json`.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::{self, FileError};
use crate::modules::ModuleRecord;

/// The file's name.
const FILE: &str = "manifest.json";
/// It is no larger, in bytes.
const SIZE_LIMIT: u64 = 16 << 20;

/// An installed kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelManifest {
    /// What `uname -r` says in the guest, such as `6.1.0-56-cloud-amd64`.
    pub release: String,
    /// The version of the package that it came in; none where it came in no package.
    pub version: Option<String>,
    /// Where it came from.
    pub source: KernelSource,
    /// The SHA-256 of `vmlinux`, in hex.
    pub sha256: String,
    /// The size of `vmlinux`, in bytes.
    pub vmlinux_size: u64,
    /// What the kernel takes with its modules, in bytes.
    pub size: u64,
    /// Whether `vmlinux` has the PVH entry that QEMU needs to boot it.
    pub pvh: bool,
    /// Whether there is a `config`.
    pub config: bool,
    /// All modules in `modules/`, each after those that it depends on.
    pub modules: Vec<ModuleRecord>,
    /// Names of the modules that the initramfs loads, in order.
    pub boot_modules: Vec<String>,
}

/// Where a kernel came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum KernelSource {
    /// A Debian package, through the host's apt.
    Apt {
        /// The package that holds the kernel.
        package: String,
    },
    /// The running host's own kernel.
    Host {
        /// Its image.
        path: PathBuf,
    },
    /// Package files and tarballs of the host.
    Packages {
        /// The files.
        files: Vec<PathBuf>,
    },
    /// A download.
    Url {
        /// From where.
        url: String,
        /// The SHA-256 of what was downloaded, in hex.
        sha256: String,
    },
    /// Files of the host.
    Files {
        /// The kernel image.
        image: PathBuf,
        /// The directory of its modules.
        modules: Option<PathBuf>,
        /// The initrd that its modules were taken out of.
        #[serde(default)]
        initrd: Option<PathBuf>,
    },
}

/// Why a directory is no installed kernel.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file makes no sense.
    #[error("{} is damaged ({source}): remove the kernel and pull it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// It could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

impl KernelManifest {
    /// Reads the manifest of the kernel in a directory.
    pub fn read(kernel_dir: &Path) -> Result<Self, ManifestError> {
        let path = kernel_dir.join(FILE);
        let content = files::read(&path, SIZE_LIMIT)?;
        serde_json::from_slice(&content).map_err(|source| ManifestError::Damaged { path, source })
    }

    /// Writes it.
    pub(super) fn write(&self, kernel_dir: &Path) -> Result<(), ManifestError> {
        let path = kernel_dir.join(FILE);
        let content = serde_json::to_vec_pretty(self).map_err(|source| ManifestError::Damaged {
            path: path.clone(),
            source,
        })?;
        Ok(files::write(&path, &content)?)
    }

    /// The module of this name.
    pub fn module(&self, name: &str) -> Option<&ModuleRecord> {
        self.modules.iter().find(|module| module.name == name)
    }
}
