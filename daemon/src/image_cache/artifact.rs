//! How images are made.

use std::{io::Read, path::Path};

use banger_api::{ErrorCode, EventSubject, Image, ImageSource, OperationKind, Problem};

use super::{
    ImageRecord, bootstrap,
    catalog::{self, NAMES},
    convert,
};
use crate::{
    operation::Reporter,
    shelf::{Artifact, Codes, Item},
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

    fn name(record: &ImageRecord) -> &str {
        &record.name
    }

    fn id(record: &ImageRecord) -> &str {
        &record.id
    }

    fn catalog() -> &'static [&'static str] {
        &NAMES
    }

    fn catalog_recipe(name: &str) -> ImageRecipe {
        ImageRecipe::Pull {
            name: name.to_owned(),
            packages: Vec::new(),
        }
    }

    fn operation_kind(recipe: &ImageRecipe) -> OperationKind {
        match recipe {
            ImageRecipe::Pull { .. } => OperationKind::PullImage,
            ImageRecipe::Archive(_) => OperationKind::ImportImage,
        }
    }

    async fn make(
        &self,
        name: &str,
        id: &str,
        recipe: ImageRecipe,
        directory: &Path,
        reporter: &Reporter,
    ) -> Result<ImageRecord, Problem> {
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
        };
        Ok(ImageRecord {
            id: id.to_owned(),
            name: name.to_owned(),
            source,
            sha256: converted.sha256,
            size: converted.size,
            entries: converted.summary.entries,
            created_at: jiff::Timestamp::now(),
        })
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
