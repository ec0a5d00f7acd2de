//! Installs a kernel from the Debian package that apt brings.

use std::path::Path;

use super::assemble::{Parts, assemble};
use super::catalog::CatalogEntry;
use super::destination::Destination;
use super::error::InstallError;
use super::manifest::{KernelManifest, KernelSource};
use crate::cancel::Cancel;
use crate::deb;
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
    let packages = deb::look_up(source.package, &work, cancel)?;
    let files = deb::download(&packages, &work, cancel, &mut |done, total| {
        report(Stage::Download, done, total);
    })?;

    let mut total = 0;
    for file in &files {
        total += deb::size(file)?;
    }
    let mut before = 0;
    let mut image = None;
    let mut config = None;
    let root = work.join("root");
    for file in &files {
        let mut read = 0;
        let unpacked = deb::unpack(file, &root, cancel, &mut |bytes| {
            read = bytes;
            report(Stage::Unpack, before + bytes, total);
        })?;
        before += read;
        image = image.or(unpacked.image);
        config = config.or(unpacked.config);
    }
    report(Stage::Unpack, total, total);
    let package = packages
        .first()
        .map_or(source.package, |package| &package.name)
        .to_string();
    let Some(image) = image else {
        return Err(InstallError::NoImage { package });
    };
    let parts = Parts {
        image: root.join(image),
        config: config.map(|config| root.join(config)),
        modules: Some(root),
        version: packages.first().map(|package| package.version.clone()),
        source: KernelSource::Apt { package },
    };
    let manifest = assemble(parts, &dest, on_progress, cancel)?;
    dest.finish()?;
    Ok(manifest)
}
