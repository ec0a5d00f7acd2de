//! How images are made.

use std::{collections::BTreeSet, io};

use banger_api::{
    ErrorCode, EventSubject, Image, ImageConfig, ImageSource, OperationKind, Problem,
};
use banger_oci::reference::{Reference, ReferenceError};
use banger_vmm::GuestChannel;
use futures_util::StreamExt;
use tokio_util::io::{StreamReader, SyncIoBridge};

use super::{
    ImageRecord, bootstrap,
    catalog::{self, NAMES},
    convert::{self, Converted},
    import::{self, Archive, Imported},
    pull::{self, Registries},
    record::shown,
    register,
    unmanaged::Unmanaged,
};
use crate::{
    error,
    guest::files,
    image_build::{Build, Built},
    operation::Reporter,
    shelf::{Artifact, Codes, Item, NotFetched, Place, Product, There},
};

/// Images, as things on a shelf.
#[derive(Clone)]
pub struct Images {
    /// The largest root file system, in bytes.
    pub capacity: u64,
    /// The size of VMs' disks where neither their creator nor the image says, in MiB.
    pub default_disk_mib: u64,
    /// Where images come from that are neither built nor imported.
    pub registries: Registries,
}

/// How an image is made.
pub enum ImageRecipe {
    /// Of the catalog.
    Pull {
        /// The catalog's name.
        name: String,
        /// Packages beyond the catalog's.
        packages: Vec<String>,
    },
    /// Of a registry.
    Registry(Reference),
    /// An archive of a root file system or of an image, compressed or not.
    Archive(Archive),
    /// Files that stay where they are.
    Register {
        /// They.
        unmanaged: Unmanaged,
        /// The name of the kernel that its VMs boot.
        kernel: Option<String>,
        /// The size of its VMs' disks, in MiB.
        disk_mib: Option<u64>,
    },
    /// The system of a VM of another image, after some steps.
    Build(Box<Build>),
    /// The system of a VM that runs, as it is.
    Commit {
        /// The VM's name.
        vm: String,
        /// How its agent is reached.
        channel: GuestChannel,
        /// What the new image is to say of how it is run.
        config: Box<ImageConfig>,
    },
}

impl Images {
    /// An image as the world sees it.
    pub fn shown(&self, item: &Item<ImageRecord>) -> Image {
        shown(item, self.default_disk_mib)
    }
}

impl Artifact for Images {
    type Record = ImageRecord;
    type Recipe = ImageRecipe;

    const NOUN: &'static str = "image";
    const CODES: Codes = Codes {
        not_found: ErrorCode::ImageNotFound,
        name_taken: ErrorCode::ImageNameTaken,
        in_use: ErrorCode::ImageInUse,
    };
    const DIRECTORY: &'static str = "images";

    fn names(record: &ImageRecord) -> &BTreeSet<String> {
        &record.names
    }

    fn names_mut(record: &mut ImageRecord) -> &mut BTreeSet<String> {
        &mut record.names
    }

    fn id(record: &ImageRecord) -> &str {
        &record.id
    }

    fn catalog() -> &'static [&'static str] {
        &NAMES
    }

    fn check_name(name: &str) -> Result<(), String> {
        let named: Result<Reference, _> = name.parse();
        named.map(drop).map_err(|error| error.to_string())
    }

    fn spellings(wanted: &str) -> Vec<String> {
        // `alpine` is an image of that name, or else `alpine:latest`.
        let full: Result<Reference, _> = wanted.parse();
        let familiar = full.ok().map(|reference| reference.familiar());
        let spelled = [Some(wanted.to_owned()), familiar].into_iter().flatten();
        spelled.collect()
    }

    fn fetch(&self, name: &str, nearest: &[String]) -> Result<(String, ImageRecipe), NotFetched> {
        if NAMES.contains(&name) {
            let recipe = ImageRecipe::Pull {
                name: name.to_owned(),
                packages: Vec::new(),
            };
            return Ok((name.to_owned(), recipe));
        }
        // A bare word that is almost a name is a slip of the finger, not an image of Docker's.
        let is_bare = !name.contains(['/', ':', '@']);
        if is_bare && !nearest.is_empty() {
            return Err(NotFetched::Nowhere);
        }
        let reference: Reference = name.parse().map_err(bad_name)?;
        Ok((reference.familiar(), ImageRecipe::Registry(reference)))
    }

    fn operation_kind(recipe: &ImageRecipe) -> OperationKind {
        match recipe {
            ImageRecipe::Pull { .. } | ImageRecipe::Registry(_) => OperationKind::PullImage,
            ImageRecipe::Archive(_) | ImageRecipe::Register { .. } => OperationKind::ImportImage,
            ImageRecipe::Commit { .. } => OperationKind::CommitVm,
            ImageRecipe::Build(_) => OperationKind::BuildImage,
        }
    }

    async fn make(
        &self,
        recipe: ImageRecipe,
        place: Place<'_>,
        there: &There<ImageRecord>,
        reporter: &Reporter,
    ) -> Result<Product<ImageRecord>, Problem> {
        let capacity = self.capacity;
        let mut config = ImageConfig::default();
        let mut users = Vec::new();
        let (source, converted) = match recipe {
            ImageRecipe::Registry(reference) => {
                let registries = &self.registries;
                return pull::pull(registries, &reference, capacity, place, there, reporter).await;
            }
            ImageRecipe::Pull { name, packages } => {
                bootstrap(&name, packages, place, capacity, reporter).await?
            }
            ImageRecipe::Archive(archive) => {
                match import::import(self, archive, place, there, reporter).await? {
                    Imported::Image(product) => return Ok(*product),
                    Imported::Tree(converted) => (ImageSource::Archive, converted),
                }
            }
            ImageRecipe::Register {
                unmanaged,
                kernel,
                disk_mib,
            } => {
                let mut record = ImageRecord {
                    id: place.id.to_owned(),
                    names: BTreeSet::new(),
                    source: ImageSource::Archive,
                    digest: String::new(),
                    layers: Vec::new(),
                    config,
                    users,
                    unmanaged: None,
                    kernel: None,
                    disk_mib: None,
                    size: 0,
                    entries: 0,
                    created_at: jiff::Timestamp::now(),
                };
                register::take_over(&mut record, unmanaged, kernel, disk_mib);
                return Ok(Product::New(record, None));
            }
            ImageRecipe::Build(build) => {
                let from = build.base().to_owned();
                let built = build.run(place, capacity, there, reporter).await?;
                let converted;
                Built {
                    config,
                    users,
                    converted,
                } = built;
                (ImageSource::Build { from }, converted)
            }
            ImageRecipe::Commit {
                vm,
                channel,
                config: wanted,
            } => {
                config = *wanted;
                let converted = commit(&channel, place, capacity, reporter).await?;
                (ImageSource::Vm { name: vm }, converted)
            }
        };
        let record = ImageRecord {
            id: place.id.to_owned(),
            names: BTreeSet::new(),
            source,
            digest: format!("sha256:{}", converted.sha256),
            layers: Vec::new(),
            config,
            users,
            unmanaged: None,
            kernel: None,
            disk_mib: None,
            size: converted.size,
            entries: converted.summary.entries,
            created_at: jiff::Timestamp::now(),
        };
        Ok(Product::New(record, None))
    }

    fn appeared(&self, item: &Item<ImageRecord>) -> EventSubject {
        EventSubject::Image {
            image: Box::new(self.shown(item)),
        }
    }

    fn vanished(name: &str) -> EventSubject {
        EventSubject::ImageDeleted {
            name: name.to_owned(),
        }
    }
}

fn bad_name(error: ReferenceError) -> NotFetched {
    NotFetched::BadName(error.problem.to_string())
}

async fn bootstrap(
    name: &str,
    added: Vec<String>,
    place: Place<'_>,
    capacity: u64,
    reporter: &Reporter,
) -> Result<(ImageSource, Converted), Problem> {
    let Some(image) = catalog::find(name) else {
        let detail = format!("{name} is not in the catalog");
        return Err(Problem::new(ErrorCode::ImageNotFound, detail));
    };
    let own = image.packages.iter().map(|&package| package.to_owned());
    let packages: Vec<String> = own.chain(added).collect();
    let converted = bootstrap::build(image, &packages, place.directory, capacity, reporter).await?;
    let source = ImageSource::Packages {
        suite: image.suite.to_owned(),
        packages,
    };
    Ok((source, converted))
}

/// Makes a root file system of the system of a VM that runs.
pub async fn commit(
    channel: &GuestChannel,
    place: Place<'_>,
    capacity: u64,
    reporter: &Reporter,
) -> Result<Converted, Problem> {
    reporter.stage("writing the VM's file system");
    let system = files::get_system(channel).await;
    let system = system.map_err(|source| error::guest(&source))?;
    let system = system.map(|chunk| chunk.map_err(io::Error::other));
    let tar = SyncIoBridge::new(StreamReader::new(Box::pin(system)));
    convert::tar_to_ext4(tar, place.directory, capacity, reporter).await
}
