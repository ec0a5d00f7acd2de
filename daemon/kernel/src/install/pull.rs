//! Installs a kernel from the Debian package that apt brings.

use std::path::Path;

use super::assemble::{Modules, Parts, assemble};
use super::catalog::CatalogEntry;
use super::destination::Destination;
use super::error::InstallError;
use super::manifest::{KernelManifest, KernelSource};
use super::packages::{self, Package};
use crate::cancel::Cancel;
use crate::deb;
use crate::package::PackageFormat;
use crate::progress::{OnProgress, Progress, Stage};

/// Downloads and installs the newest kernel of a catalog entry.
///
/// `dest` must be empty or absent; a failure or a cancel leaves it empty. It needs the space
/// of the package and its unpacked files besides what stays: 0.3 GiB for `debian-cloud`.
/// apt checks the package's signature and hash.
pub fn pull(
    source: &CatalogEntry,
    dest: &Path,
    on_progress: OnProgress<'_>,
    cancel: &Cancel,
) -> Result<KernelManifest, InstallError> {
    let mut report = |stage, done, total| {
        on_progress(Progress { stage, done, total });
    };
    cancel.check()?;
    let dest = Destination::take(dest)?;
    let work = dest.work()?;

    report(Stage::Lookup, 0, 0);
    let found = deb::look_up(source.package, &work, cancel)?;
    let files = deb::download(&found, &work, cancel, &mut |done, total| {
        report(Stage::Download, done, total);
    })?;

    let files: Vec<Package> = files
        .into_iter()
        .map(|path| Package {
            path,
            format: Some(PackageFormat::Deb),
        })
        .collect();
    let (root, unpacked) = packages::unpack(&files, &dest, on_progress, cancel)?;
    let package = found
        .first()
        .map_or(source.package, |package| &package.name)
        .to_string();
    let Some(image) = unpacked.image else {
        return Err(InstallError::NoImage { package });
    };
    let parts = Parts {
        image: root.join(image),
        config: unpacked.config.map(|config| root.join(config)),
        modules: Modules::of_packages(&root, unpacked.modules),
        version: found.first().map(|package| package.version.clone()),
        source: KernelSource::Apt { package },
    };
    let manifest = assemble(parts, &dest, on_progress, cancel)?;
    dest.finish()?;
    Ok(manifest)
}
