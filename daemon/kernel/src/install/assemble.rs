//! Lays a kernel out in its directory, and checks that a guest can boot with it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::destination::Destination;
use super::error::InstallError;
use super::manifest::{KernelManifest, KernelSource};
use crate::cancel::Cancel;
use crate::files::{self, FileError};
use crate::hex;
use crate::modules::{self, BOOT, Tree};
use crate::package::{self, MODULES};
use crate::progress::{OnProgress, Progress, Stage};
use crate::vmlinux::{self, Vmlinux};

/// Where an initrd is unpacked, below the work directory.
const INITRD: &str = "initrd.d";
/// A config is no larger, in bytes.
const CONFIG_LIMIT: u64 = 4 << 20;

/// What a kernel is made of.
pub(super) struct Parts {
    /// A bzImage or vmlinux.
    pub(super) image: PathBuf,
    /// The configuration that it was built with.
    pub(super) config: Option<PathBuf>,
    /// Its modules.
    pub(super) modules: Modules,
    /// The version of the package.
    pub(super) version: Option<String>,
    /// Where it came from.
    pub(super) source: KernelSource,
}

/// Where a kernel's modules are.
pub(super) enum Modules {
    /// Nowhere: all that a guest needs is built in.
    Nowhere,
    /// There: `RELEASE` itself, or a directory that holds it.
    There(PathBuf),
    /// In this directory, as `RELEASE`; where that is not there, nowhere.
    Perhaps(PathBuf),
}

impl Modules {
    /// Where they are when they came in packages.
    pub(super) fn of_packages(root: &Path, has_modules: bool) -> Self {
        match has_modules {
            true => Self::There(root.join(MODULES)),
            false => Self::Nowhere,
        }
    }

    /// The modules of this release.
    fn open(&self, release: &str) -> Result<Option<Tree>, InstallError> {
        match self {
            Self::Nowhere => Ok(None),
            Self::There(path) => open_tree(path, release).map(Some),
            Self::Perhaps(path) => {
                let root = path.join(release);
                let there = root.is_dir().then(|| Tree::open(&root)).transpose()?;
                Ok(there)
            }
        }
    }
}

/// Takes the modules out of an initrd, into the work directory.
pub(super) fn of_initrd(
    initrd: &Path,
    dest: &Destination,
    on_progress: OnProgress<'_>,
    cancel: &Cancel,
) -> Result<Modules, InstallError> {
    let total = package::size(initrd)?;
    // A place of its own: what else was unpacked is not to be mixed with it.
    let root = dest.work()?.join(INITRD);
    let mut report = |done: u64| {
        on_progress(Progress {
            stage: Stage::Unpack,
            done: done.min(total),
            total,
        });
    };
    let found = package::unpack_initrd(initrd, &root, cancel, &mut report)?;
    report(total);
    Ok(match found {
        true => Modules::Perhaps(root.join(MODULES)),
        false => Modules::Nowhere,
    })
}

/// Fills the destination, all but its sync.
pub(super) fn assemble(
    parts: Parts,
    dest: &Destination,
    on_progress: OnProgress<'_>,
    cancel: &Cancel,
) -> Result<KernelManifest, InstallError> {
    on_progress(Progress {
        stage: Stage::Extract,
        done: 0,
        total: 0,
    });
    let image = files::read(&parts.image, vmlinux::SIZE_LIMIT as u64)?;
    let kernel = vmlinux::extract(image).map_err(|source| InstallError::Vmlinux {
        image: parts.image,
        source,
    })?;
    cancel.check()?;
    let tree = parts.modules.open(&kernel.release)?;
    let tree = tree.unwrap_or_else(Tree::empty);
    check_complete(&kernel, &tree)?;

    let vmlinux = dest.path().join("vmlinux");
    files::write(&vmlinux, &kernel.elf)?;
    // The VMM may run as another user, whatever the umask.
    fs::set_permissions(&vmlinux, fs::Permissions::from_mode(0o644))
        .map_err(|error| FileError::new("write", &vmlinux, error))?;
    if let Some(config) = &parts.config {
        let config = files::read(config, CONFIG_LIMIT)?;
        files::write(&dest.path().join("config"), &config)?;
    }
    let kept = modules::keep(
        &tree,
        &kernel.release,
        &dest.path().join("modules"),
        cancel,
        &mut |done, total| {
            on_progress(Progress {
                stage: Stage::Modules,
                done,
                total,
            });
        },
    )?;
    dest.remove_work()?;
    let manifest = KernelManifest {
        version: parts.version,
        source: parts.source,
        sha256: hex(&Sha256::digest(&kernel.elf)),
        vmlinux_size: kernel.elf.len() as u64,
        size: size_below(dest.path())?,
        pvh: kernel.pvh,
        config: parts.config.is_some(),
        modules: kept.modules,
        boot_modules: kept.boot,
        release: kernel.release,
    };
    manifest.write(dest.path())?;
    Ok(manifest)
}

/// Finds the tree of this release: the directory itself, or below it.
fn open_tree(path: &Path, release: &str) -> Result<Tree, InstallError> {
    let candidates = [
        path.join(release),
        path.join("lib/modules").join(release),
        path.to_path_buf(),
    ];
    let root = candidates
        .iter()
        .find(|candidate| candidate.is_dir())
        .ok_or_else(|| InstallError::NoModules {
            path: path.to_path_buf(),
            release: release.to_string(),
        })?;
    Ok(Tree::open(root)?)
}

/// Checks that all that a guest boots with is a module or built in. Without a list of the
/// built-in ones, which directories of modules have, their names in the image must do: each
/// built-in driver has its name there as a string of its own, some with hyphens
/// (`virtio-mmio`, drivers/virtio/virtio_mmio.c).
fn check_complete(kernel: &Vmlinux, tree: &Tree) -> Result<(), InstallError> {
    let is_there = |name: &str| {
        tree.has_module(name)
            || tree.is_built_in(name)
            || (!tree.lists_built_in()
                && [name, &name.replace('_', "-")]
                    .iter()
                    .any(|name| vmlinux::has_string(&kernel.elf, name)))
    };
    let missing: Vec<String> = BOOT
        .into_iter()
        .filter(|name| !is_there(name))
        .map(str::to_string)
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(InstallError::Lacks {
            release: kernel.release.clone(),
            missing,
        })
    }
}

/// The sizes of all files below a directory, in bytes.
fn size_below(directory: &Path) -> Result<u64, FileError> {
    let mut size = 0;
    for entry in files::entries(directory)? {
        let path = entry.path();
        let metadata =
            fs::symlink_metadata(&path).map_err(|error| FileError::new("read", &path, error))?;
        size += if metadata.is_dir() {
            size_below(&path)?
        } else {
            metadata.len()
        };
    }
    Ok(size)
}
