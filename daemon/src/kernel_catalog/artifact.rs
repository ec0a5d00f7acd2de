//! How kernels are made.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use banger_api::{ErrorCode, EventSubject, Kernel, OperationKind, Problem, ProgressUnit};
use banger_kernel::{CATALOG, Cancel, CatalogEntry, InstallError, KernelManifest, Progress, Stage};

use super::KernelRecord;
use crate::{
    error,
    operation::Reporter,
    shelf::{Artifact, Codes, Item, Place, Product, There},
    storage,
};

/// Kernels, as things on a shelf.
#[derive(Clone, Copy, Debug)]
pub struct Kernels;

/// How a kernel is made.
#[derive(Clone, Debug)]
pub enum KernelRecipe {
    /// Of the catalog.
    Pull(String),
    /// The host's own.
    Host,
    /// Files of the host.
    Files {
        /// vmlinux or bzImage.
        image: PathBuf,
        /// /lib/modules/RELEASE.
        modules: Option<PathBuf>,
    },
}

/// The catalog's names, in its order.
const NAMES: [&str; CATALOG.len()] = {
    let mut names = [""; CATALOG.len()];
    let mut index = 0;
    while index < CATALOG.len() {
        names[index] = CATALOG[index].name;
        index += 1;
    }
    names
};

impl Artifact for Kernels {
    type Record = KernelRecord;
    type Recipe = KernelRecipe;

    const NOUN: &'static str = "kernel";
    const CODES: Codes = Codes {
        not_found: ErrorCode::KernelNotFound,
        name_taken: ErrorCode::KernelNameTaken,
        in_use: ErrorCode::KernelInUse,
    };
    const DIRECTORY: &'static str = "kernels";

    fn names(record: &KernelRecord) -> &BTreeSet<String> {
        &record.names
    }

    fn names_mut(record: &mut KernelRecord) -> &mut BTreeSet<String> {
        &mut record.names
    }

    fn id(record: &KernelRecord) -> &str {
        &record.id
    }

    fn catalog() -> &'static [&'static str] {
        &NAMES
    }

    fn fetch(name: &str, _: &[String]) -> Option<(String, KernelRecipe)> {
        let known = NAMES.contains(&name);
        known.then(|| (name.to_owned(), KernelRecipe::Pull(name.to_owned())))
    }

    fn operation_kind(recipe: &KernelRecipe) -> OperationKind {
        match recipe {
            KernelRecipe::Pull(_) => OperationKind::PullKernel,
            KernelRecipe::Host | KernelRecipe::Files { .. } => OperationKind::ImportKernel,
        }
    }

    async fn make(
        &self,
        recipe: KernelRecipe,
        place: Place<'_>,
        _: &There<KernelRecord>,
        reporter: &Reporter,
    ) -> Result<Product<KernelRecord>, Problem> {
        let cancel = Arc::new(Cancel::new());
        let (progress, mut seen) = tokio::sync::watch::channel(None);
        let (flag, directory) = (Arc::clone(&cancel), place.directory.to_owned());
        let mut installing = tokio::task::spawn_blocking(move || {
            install(
                &recipe,
                &directory,
                &mut |step| {
                    progress.send_replace(Some(step));
                },
                &flag,
            )
        });
        let mut cancelled = false;
        let manifest = loop {
            tokio::select! {
                done = &mut installing => break done.map_err(error::aborted)?,
                Ok(()) = seen.changed() => if let Some(step) = *seen.borrow_and_update() {
                    report(reporter, place.name, step);
                },
                () = reporter.cancelled().cancelled(), if !cancelled => {
                    cancelled = true;
                    cancel.cancel();
                }
            }
        };
        let manifest = manifest.map_err(|source| match source {
            Failure::Install(source) => error::kernel_install(&source),
            Failure::Modules(source) => error::modules_disk(&source),
            Failure::NotInCatalog(name) => Problem::new(
                ErrorCode::KernelNotFound,
                format!("{name} is not in the catalog"),
            ),
        })?;
        Ok(Product::New(KernelRecord::new(place.id, manifest)))
    }

    fn appeared(item: &Item<KernelRecord>) -> EventSubject {
        EventSubject::Kernel {
            kernel: Box::new(Kernel::from(item)),
        }
    }

    fn vanished(name: &str) -> EventSubject {
        EventSubject::KernelDeleted {
            name: name.to_owned(),
        }
    }
}

enum Failure {
    Install(InstallError),
    Modules(storage::ModulesDiskError),
    NotInCatalog(String),
}

fn install(
    recipe: &KernelRecipe,
    directory: &Path,
    on_progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<KernelManifest, Failure> {
    let installed = match recipe {
        KernelRecipe::Pull(name) => {
            let entry: &CatalogEntry =
                banger_kernel::find(name).ok_or_else(|| Failure::NotInCatalog(name.clone()))?;
            banger_kernel::pull(entry, directory, on_progress, cancel)
        }
        KernelRecipe::Host => banger_kernel::import_host(directory, on_progress, cancel),
        KernelRecipe::Files { image, modules } => {
            banger_kernel::import_files(image, modules.as_deref(), directory, on_progress, cancel)
        }
    };
    let mut manifest = installed.map_err(Failure::Install)?;
    // Now, so that no boot waits for it.
    if let Some(disk) = storage::modules_disk(directory).map_err(Failure::Modules)? {
        manifest.size += fs::metadata(disk).map_or(0, |file| file.blocks() * 512);
    }
    Ok(manifest)
}

fn report(reporter: &Reporter, name: &str, step: Progress) {
    let what = match step.stage {
        Stage::Lookup => "looking up",
        Stage::Download => "downloading",
        Stage::Unpack => "unpacking",
        Stage::Extract => "extracting the vmlinux of",
        Stage::Modules => "taking the modules of",
    };
    reporter.stage(&format!("{what} kernel {name}"));
    if matches!(step.stage, Stage::Download | Stage::Unpack) && step.total > 0 {
        reporter.progress(ProgressUnit::Bytes, step.done, Some(step.total));
    }
}
