//! `banger image`: its verbs.

use clap::{Args, Subcommand, ValueHint};
use clap_complete::ArgValueCandidates;

use super::value;
use crate::complete;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum ImageCommand {
    /// Build an image of the catalog, through the host's apt.
    Pull(PullArguments),
    /// Make an image of a root file system tar: plain, gzip, xz or zstd.
    Import(ImportArguments),
    /// List the images.
    #[command(visible_alias = "ls")]
    List,
    /// Show all about an image.
    Show(ImageArgument),
    /// Delete images that no VM uses.
    #[command(visible_alias = "rm")]
    Delete(ImageArguments),
}

/// `image pull`.
#[derive(Debug, Args)]
pub struct PullArguments {
    /// A name of the catalog, such as debian-bookworm.
    #[arg(value_name = "IMAGE", add = ArgValueCandidates::new(complete::catalog_images))]
    pub image: String,
    /// Add a package to the catalog's own; needs --name.
    #[arg(short, long = "package", value_name = "PACKAGE")]
    pub packages: Vec<String>,
    /// The name that it gets; the catalog's by default.
    #[arg(long, value_parser = value::artifact_name)]
    pub name: Option<String>,
    /// Build it anew though it is there already.
    #[arg(long)]
    pub force: bool,
}

/// `image import`.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// The tar; - reads standard input.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: String,
    /// The name that it gets; by default the file's, without its endings.
    #[arg(long, value_parser = value::artifact_name)]
    pub name: Option<String>,
}

/// One image.
#[derive(Debug, Args)]
pub struct ImageArgument {
    /// Its name.
    #[arg(value_name = "IMAGE", add = ArgValueCandidates::new(complete::own_images))]
    pub image: String,
}

/// Several images.
#[derive(Debug, Args)]
pub struct ImageArguments {
    /// Their names.
    #[arg(required = true, value_name = "IMAGE", add = ArgValueCandidates::new(complete::own_images))]
    pub images: Vec<String>,
}
