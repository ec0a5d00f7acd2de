//! How kernels are made.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use banger_api::{ErrorCode, EventSubject, Kernel, OperationKind, Problem, ProgressUnit};
use banger_kernel::{
    CATALOG, Cancel, CatalogEntry, InstallError, KernelManifest, KernelSource, ModulesFrom,
    Package, PackageFormat, Progress, Stage,
};
use reqwest::Url;

use super::{KernelRecord, PublishedKernel, fetch};
use crate::{
    error,
    operation::Reporter,
    shelf::{Artifact, Codes, Item, NotFetched, Place, Product, There},
    storage,
    web::Expected,
};

/// Kernels, as things on a shelf.
#[derive(Clone, Debug, Default)]
pub struct Kernels {
    /// The address of the catalog in the settings, which has what is not built in.
    pub published: Option<String>,
}

/// How a kernel is made.
#[derive(Clone, Debug)]
pub enum KernelRecipe {
    /// Of the catalog.
    Pull(String),
    /// The host's own.
    Host,
    /// Of a published catalog.
    Published {
        /// The catalog's address.
        catalog: String,
        /// The kernel's name there.
        name: String,
    },
    /// At an address.
    Url {
        /// The address.
        url: Url,
        /// What has to be there.
        expected: Expected,
    },
    /// Packages of the host, all together.
    Packages(Vec<Package>),
    /// Files of the host.
    Files {
        /// vmlinux or bzImage.
        image: PathBuf,
        /// Where its modules are.
        modules: ModulesFrom,
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

    fn fetch(&self, name: &str, _: &[String]) -> Result<(String, KernelRecipe), NotFetched> {
        let name = name.to_owned();
        if NAMES.contains(&name.as_str()) {
            return Ok((name.clone(), KernelRecipe::Pull(name)));
        }
        // Whether it has one of that name shows when it is asked.
        let catalog = self.published.clone().ok_or(NotFetched::Nowhere)?;
        Self::check_name(&name).map_err(NotFetched::BadName)?;
        Ok((name.clone(), KernelRecipe::Published { catalog, name }))
    }

    fn operation_kind(recipe: &KernelRecipe) -> OperationKind {
        match recipe {
            KernelRecipe::Pull(_) | KernelRecipe::Published { .. } => OperationKind::PullKernel,
            KernelRecipe::Host
            | KernelRecipe::Url { .. }
            | KernelRecipe::Packages(_)
            | KernelRecipe::Files { .. } => OperationKind::ImportKernel,
        }
    }

    async fn make(
        &self,
        recipe: KernelRecipe,
        place: Place<'_>,
        _: &There<KernelRecord>,
        reporter: &Reporter,
    ) -> Result<Product<KernelRecord>, Problem> {
        let ready = bring(recipe, place.directory, reporter).await?;
        // The file's own name would say nothing to the user.
        let from = match &ready {
            Ready::Packages {
                source: KernelSource::Url { url, .. },
                ..
            } => Some(url.clone()),
            Ready::Apt(_) | Ready::Host | Ready::Files { .. } | Ready::Packages { .. } => None,
        };
        let cancel = Arc::new(Cancel::new());
        let (progress, mut seen) = tokio::sync::watch::channel(None);
        let (flag, directory) = (Arc::clone(&cancel), place.directory.to_owned());
        let mut installing = tokio::task::spawn_blocking(move || {
            install(
                &ready,
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
        });
        let manifest = manifest.map_err(|mut problem| {
            if let Some(url) = from {
                problem.detail = format!("{url}: {}", problem.detail);
            }
            problem
        })?;
        Ok(Product::New(KernelRecord::new(place.id, manifest), None))
    }

    fn appeared(&self, item: &Item<KernelRecord>) -> EventSubject {
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

/// What can be installed without a network of our own.
enum Ready {
    /// By the host's apt.
    Apt(String),
    Host,
    Files {
        image: PathBuf,
        modules: ModulesFrom,
    },
    Packages {
        packages: Vec<Package>,
        version: Option<String>,
        source: KernelSource,
    },
}

/// Downloads what is to be downloaded.
async fn bring(
    recipe: KernelRecipe,
    directory: &Path,
    reporter: &Reporter,
) -> Result<Ready, Problem> {
    Ok(match recipe {
        KernelRecipe::Pull(name) => Ready::Apt(name),
        KernelRecipe::Host => Ready::Host,
        KernelRecipe::Files { image, modules } => Ready::Files { image, modules },
        KernelRecipe::Packages(packages) => Ready::Packages {
            source: KernelSource::Packages {
                files: packages
                    .iter()
                    .map(|package| package.path.clone())
                    .collect(),
            },
            packages,
            version: None,
        },
        KernelRecipe::Url { url, expected } => {
            downloaded(url, expected, None, None, directory, reporter).await?
        }
        KernelRecipe::Published { catalog, name } => {
            reporter.stage(&format!("looking up kernel {name}"));
            let kernel = find(&catalog, &name, reporter).await?;
            let expected = Expected {
                sha256: Some(kernel.sha256),
                size: Some(kernel.size),
                limit: kernel.size,
            };
            let (format, version) = (Some(PackageFormat::Tarball), Some(kernel.version));
            downloaded(kernel.url, expected, format, version, directory, reporter).await?
        }
    })
}

/// Asks the catalog, unless that is cancelled. Where it cannot be asked, somebody may have made
/// a slip in a name, and nothing but that.
async fn find(catalog: &str, name: &str, reporter: &Reporter) -> Result<PublishedKernel, Problem> {
    let asked = reporter
        .cancelled()
        .run_until_cancelled(fetch::find(catalog, name));
    let found = asked.await.ok_or_else(error::cancelled)?;
    found.map_err(|mut problem| {
        if problem.code != ErrorCode::KernelNotFound {
            let asked =
                format!("there is no kernel {name:?} here, and the catalog cannot be asked");
            problem.detail = format!("{asked}: {}", problem.detail);
        }
        problem
    })
}

async fn downloaded(
    url: Url,
    expected: Expected,
    format: Option<PackageFormat>,
    version: Option<String>,
    directory: &Path,
    reporter: &Reporter,
) -> Result<Ready, Problem> {
    let (path, sha256) = fetch::download(&url, &expected, directory, reporter).await?;
    Ok(Ready::Packages {
        packages: vec![Package { path, format }],
        version,
        source: KernelSource::Url {
            url: url.into(),
            sha256,
        },
    })
}

enum Failure {
    Install(InstallError),
    Modules(storage::ModulesDiskError),
    NotInCatalog(String),
}

fn install(
    ready: &Ready,
    directory: &Path,
    on_progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<KernelManifest, Failure> {
    let installed = match ready {
        Ready::Apt(name) => {
            let entry: &CatalogEntry =
                banger_kernel::find(name).ok_or_else(|| Failure::NotInCatalog(name.clone()))?;
            banger_kernel::pull(entry, directory, on_progress, cancel)
        }
        Ready::Host => banger_kernel::import_host(directory, on_progress, cancel),
        Ready::Packages {
            packages,
            version,
            source,
        } => banger_kernel::import_packages(
            packages,
            version.clone(),
            source.clone(),
            directory,
            on_progress,
            cancel,
        ),
        Ready::Files { image, modules } => {
            banger_kernel::import_files(image, modules, directory, on_progress, cancel)
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
