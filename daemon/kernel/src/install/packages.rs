//! Installs a kernel from package files and tarballs.

use std::path::{Path, PathBuf};

use super::assemble::{Modules, Parts, assemble, of_initrd};
use super::destination::Destination;
use super::error::InstallError;
use super::manifest::{KernelManifest, KernelSource};
use crate::cancel::Cancel;
use crate::package::{self, PackageFormat, Unpacked};
use crate::progress::{OnProgress, Progress, Stage};

/// Where packages are unpacked, below the work directory.
const ROOT: &str = "root";

/// A file that holds a kernel or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// The file.
    pub path: PathBuf,
    /// What it has to be; any that is known where absent.
    pub format: Option<PackageFormat>,
}

/// Installs the kernel that is in these packages together: some distributions have kernel and
/// modules apart. No signature of theirs is checked.
///
/// `dest` must be empty or absent, but for what the caller has in [`WORK`](super::WORK)
/// there; a failure leaves it empty.
///
/// # Errors
/// When a package is damaged or none, or they hold no kernel that a guest boots with.
pub fn import_packages(
    packages: &[Package],
    version: Option<String>,
    source: KernelSource,
    dest: &Path,
    on_progress: OnProgress<'_>,
    cancel: &Cancel,
) -> Result<KernelManifest, InstallError> {
    cancel.check()?;
    let dest = Destination::take(dest)?;
    let (root, unpacked) = unpack(packages, &dest, on_progress, cancel)?;
    let Some(image) = unpacked.image else {
        return Err(InstallError::NoImageAmong {
            packages: packages
                .iter()
                .map(|package| package.path.clone())
                .collect(),
        });
    };
    let modules = match unpacked.initrd {
        Some(initrd) if !unpacked.modules => {
            of_initrd(&root.join(initrd), &dest, on_progress, cancel)?
        }
        _ => Modules::of_packages(&root, unpacked.modules),
    };
    let parts = Parts {
        image: root.join(image),
        config: unpacked.config.map(|config| root.join(config)),
        modules,
        version,
        source,
    };
    let manifest = assemble(parts, &dest, on_progress, cancel)?;
    dest.finish()?;
    Ok(manifest)
}

/// Unpacks all of them to one directory, which it tells with what was found below it.
pub(super) fn unpack(
    packages: &[Package],
    dest: &Destination,
    on_progress: OnProgress<'_>,
    cancel: &Cancel,
) -> Result<(PathBuf, Unpacked), InstallError> {
    let root = dest.work()?.join(ROOT);
    let mut total = 0;
    for package in packages {
        total += package::size(&package.path)?;
    }
    let mut report = |done| {
        on_progress(Progress {
            stage: Stage::Unpack,
            done,
            total,
        });
    };
    let mut before = 0;
    let mut all = Unpacked::default();
    for package in packages {
        let mut read = 0;
        let unpacked =
            package::unpack(&package.path, package.format, &root, cancel, &mut |bytes| {
                read = bytes;
                report((before + bytes).min(total));
            })?;
        before += read;
        all.join(unpacked);
    }
    report(total);
    Ok((root, all))
}
