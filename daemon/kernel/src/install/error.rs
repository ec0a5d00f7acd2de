//! Why a kernel could not be installed.

use std::path::PathBuf;

use super::manifest::ManifestError;
use crate::cancel::Cancelled;
use crate::deb::AptError;
use crate::files::FileError;
use crate::modules::TreeError;
use crate::package::UnpackError;
use crate::vmlinux::VmlinuxError;

/// Why a kernel could not be installed. Each says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The destination is in use.
    #[error("{} is not empty: give a new directory", dest.display())]
    NotEmpty {
        /// The destination.
        dest: PathBuf,
    },
    /// apt brought no package.
    #[error(transparent)]
    Apt(#[from] AptError),
    /// The package could not be unpacked.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// The packages hold no kernel.
    #[error(
        "the package {package} holds no kernel (no boot/vmlinuz-*): run `apt-get update` and pull again"
    )]
    NoImage {
        /// The package.
        package: String,
    },
    /// The packages that were given hold no kernel.
    #[error(
        "no kernel in {}: looked for boot/vmlinuz-*, lib/modules/*/vmlinuz, vmlinux and \
         vmlinuz; some distributions have it in a package of its own, such as kernel-core: \
         give that one too",
        packages.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    NoImageAmong {
        /// The packages.
        packages: Vec<PathBuf>,
    },
    /// The kernel cannot be booted.
    #[error("{}: {source}", image.display())]
    Vmlinux {
        /// The kernel image.
        image: PathBuf,
        /// What is wrong with it.
        source: VmlinuxError,
    },
    /// The modules cannot be used.
    #[error(transparent)]
    Modules(#[from] TreeError),
    /// There are no modules where they should be.
    #[error(
        "{} has no modules for the kernel {release}: give the directory that `uname -r` names \
         below /lib/modules",
        path.display()
    )]
    NoModules {
        /// Where they were looked for.
        path: PathBuf,
        /// The kernel.
        release: String,
    },
    /// The kernel lacks what a guest cannot boot without.
    #[error(
        "the kernel {release} lacks {}, as modules and built in: give the directory of its \
         modules, or an initrd that has them; or take another kernel, such as `debian-cloud`",
        missing.join(", ")
    )]
    Lacks {
        /// The kernel.
        release: String,
        /// What is missing, as module names.
        missing: Vec<String>,
    },
    /// The host has no kernel image of its own.
    #[error(
        "the running kernel {release} has no image in {}: this host is a container, or its \
         kernel comes from outside; pull `debian-cloud` instead, or import one from files",
        looked_in.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" or ")
    )]
    NoHostKernel {
        /// The running kernel.
        release: String,
        /// Where its image was looked for.
        looked_in: Vec<PathBuf>,
    },
    /// The manifest could not be written.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The caller cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl InstallError {
    /// Whether the caller's cancel ended it, however deep.
    pub fn is_cancelled(&self) -> bool {
        matches!(
            self,
            Self::Cancelled(_)
                | Self::Apt(AptError::Cancelled(_))
                | Self::Unpack(UnpackError::Cancelled(_))
                | Self::Modules(TreeError::Cancelled(_))
        )
    }
}
