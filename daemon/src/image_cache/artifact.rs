//! How images are made.

use std::{
    collections::BTreeSet,
    io::{self, Read},
};

use banger_api::{
    ErrorCode, EventSubject, Image, ImageConfig, ImageSource, OperationKind, Problem,
};
use banger_vmm::GuestChannel;
use futures_util::StreamExt;
use tokio_util::io::{StreamReader, SyncIoBridge};

use super::{
    ImageRecord, bootstrap,
    catalog::{self, NAMES},
    convert,
};
use crate::{
    error,
    guest::files,
    operation::Reporter,
    shelf::{Artifact, Codes, Item, Place, Product, There},
};

/// Images, as things on a shelf.
#[derive(Clone, Copy, Debug)]
pub struct Images {
    /// The largest root file system, in bytes.
    pub capacity: u64,
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
    /// A root file system tar, compressed or not.
    Archive(Box<dyn Read + Send>),
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

    fn fetch(name: &str, _: &[String]) -> Option<(String, ImageRecipe)> {
        let known = NAMES.contains(&name);
        known.then(|| {
            let recipe = ImageRecipe::Pull {
                name: name.to_owned(),
                packages: Vec::new(),
            };
            (name.to_owned(), recipe)
        })
    }

    fn operation_kind(recipe: &ImageRecipe) -> OperationKind {
        match recipe {
            ImageRecipe::Pull { .. } => OperationKind::PullImage,
            ImageRecipe::Archive(_) => OperationKind::ImportImage,
            ImageRecipe::Commit { .. } => OperationKind::CommitVm,
        }
    }

    async fn make(
        &self,
        recipe: ImageRecipe,
        place: Place<'_>,
        _: &There<ImageRecord>,
        reporter: &Reporter,
    ) -> Result<Product<ImageRecord>, Problem> {
        let directory = place.directory;
        let mut config = ImageConfig::default();
        let (source, converted) = match recipe {
            ImageRecipe::Pull {
                name,
                packages: added,
            } => {
                let Some(image) = catalog::find(&name) else {
                    let detail = format!("{name} is not in the catalog");
                    return Err(Problem::new(ErrorCode::ImageNotFound, detail));
                };
                let mut packages: Vec<String> = image
                    .packages
                    .iter()
                    .map(|&package| package.to_owned())
                    .collect();
                packages.extend(added);
                let converted =
                    bootstrap::build(image, &packages, directory, self.capacity, reporter).await?;
                (
                    ImageSource::Packages {
                        suite: image.suite.to_owned(),
                        packages,
                    },
                    converted,
                )
            }
            ImageRecipe::Archive(tar) => {
                reporter.stage("writing the root file system");
                let converted =
                    convert::tar_to_ext4(tar, directory, self.capacity, reporter).await?;
                (ImageSource::Archive, converted)
            }
            ImageRecipe::Commit {
                vm,
                channel,
                config: wanted,
            } => {
                reporter.stage("writing the VM's file system");
                let system = files::get_system(&channel).await;
                let system = system.map_err(|source| error::guest(&source))?;
                let system = system.map(|chunk| chunk.map_err(io::Error::other));
                let tar = SyncIoBridge::new(StreamReader::new(Box::pin(system)));
                let converted =
                    convert::tar_to_ext4(tar, directory, self.capacity, reporter).await?;
                config = *wanted;
                (ImageSource::Vm { name: vm }, converted)
            }
        };
        Ok(Product::New(ImageRecord {
            id: place.id.to_owned(),
            names: BTreeSet::new(),
            source,
            digest: format!("sha256:{}", converted.sha256),
            layers: Vec::new(),
            config,
            users: Vec::new(),
            size: converted.size,
            entries: converted.summary.entries,
            created_at: jiff::Timestamp::now(),
        }))
    }

    fn appeared(item: &Item<ImageRecord>) -> EventSubject {
        EventSubject::Image {
            image: Box::new(Image::from(item)),
        }
    }

    fn vanished(name: &str) -> EventSubject {
        EventSubject::ImageDeleted {
            name: name.to_owned(),
        }
    }
}
