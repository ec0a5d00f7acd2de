//! Installs a kernel from files, or the running host's.

use std::path::{Path, PathBuf};

use super::assemble::{Modules, Parts, assemble, of_initrd};
use super::destination::Destination;
use super::error::InstallError;
use super::manifest::{KernelManifest, KernelSource};
use crate::cancel::Cancel;
use crate::files;
use crate::progress::OnProgress;

/// The running kernel's release (proc(5)).
const RELEASE: &str = "proc/sys/kernel/osrelease";

/// Where the modules of a kernel of files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModulesFrom {
    /// Nowhere: all that a guest boots with must be built in.
    Nowhere,
    /// /lib/modules/RELEASE, or a directory that holds it.
    Directory(PathBuf),
    /// An initrd that has them. One that has none for this kernel is as good as none.
    Initrd(PathBuf),
}

/// Installs a kernel from a vmlinux or bzImage, with its modules.
///
/// `dest` must be empty or absent; a failure leaves it empty.
pub fn import_files(
    image: &Path,
    modules: &ModulesFrom,
    dest: &Path,
    on_progress: OnProgress<'_>,
    cancel: &Cancel,
) -> Result<KernelManifest, InstallError> {
    cancel.check()?;
    let dest = Destination::take(dest)?;
    let (mut directory, mut initrd) = (None, None);
    let found = match modules {
        ModulesFrom::Nowhere => Modules::Nowhere,
        ModulesFrom::Directory(path) => {
            directory = Some(path.clone());
            Modules::There(path.clone())
        }
        ModulesFrom::Initrd(path) => {
            initrd = Some(path.clone());
            of_initrd(path, &dest, on_progress, cancel)?
        }
    };
    let parts = Parts {
        image: image.to_path_buf(),
        config: None,
        modules: found,
        version: None,
        source: KernelSource::Files {
            image: image.to_path_buf(),
            modules: directory,
            initrd,
        },
    };
    install(parts, dest, on_progress, cancel)
}

/// Installs the kernel that this host runs. `dest` is as for [`import_files`].
pub fn import_host(
    dest: &Path,
    on_progress: OnProgress<'_>,
    cancel: &Cancel,
) -> Result<KernelManifest, InstallError> {
    import_host_below(Path::new("/"), dest, on_progress, cancel)
}

/// [`import_host`] for a host whose root directory is `root`.
pub(super) fn import_host_below(
    root: &Path,
    dest: &Path,
    on_progress: OnProgress<'_>,
    cancel: &Cancel,
) -> Result<KernelManifest, InstallError> {
    cancel.check()?;
    let release = files::read(&root.join(RELEASE), 4096)?;
    let release = String::from_utf8_lossy(&release).trim().to_string();
    let modules = root.join("lib/modules").join(&release);
    // Debian and most others; then where Fedora and Arch have it.
    let looked_in: Vec<PathBuf> = vec![
        root.join(format!("boot/vmlinuz-{release}")),
        modules.join("vmlinuz"),
    ];
    let Some(image) = looked_in.iter().find(|path| path.exists()).cloned() else {
        return Err(InstallError::NoHostKernel { release, looked_in });
    };
    let config = [
        root.join(format!("boot/config-{release}")),
        modules.join("config"),
    ];
    let parts = Parts {
        config: config.into_iter().find(|path| path.is_file()),
        modules: match modules.is_dir() {
            true => Modules::There(modules),
            false => Modules::Nowhere,
        },
        version: None,
        source: KernelSource::Host {
            path: image.clone(),
        },
        image,
    };
    install(parts, Destination::take(dest)?, on_progress, cancel)
}

fn install(
    parts: Parts,
    dest: Destination,
    on_progress: OnProgress<'_>,
    cancel: &Cancel,
) -> Result<KernelManifest, InstallError> {
    let manifest = assemble(parts, &dest, on_progress, cancel)?;
    dest.finish()?;
    Ok(manifest)
}
