//! Images.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A root file system that VMs can boot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Image {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it came from.
    pub source: ImageSource,
    /// The SHA-256 of the tar stream that it was made of, as it came, in hex.
    pub sha256: String,
    /// What it takes on disk, in bytes.
    pub size: u64,
    /// Files, directories and the like in it.
    pub entries: u64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The VMs that use it, by name.
    pub used_by: Vec<String>,
}

/// Where an image came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ImageSource {
    /// Built from packages, through the host's apt sources.
    Packages {
        /// The distribution's suite, such as `bookworm`.
        suite: String,
        /// What was asked for beyond the base system.
        packages: Vec<String>,
    },
    /// A root file system tar.
    Archive,
}

/// The images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImageList {
    /// By name.
    pub images: Vec<Image>,
    /// Names in the catalog, which `pull` takes.
    pub available: Vec<String>,
}

/// Fetches or builds an image of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PullImage {
    /// A name of the catalog, such as `debian-bookworm`.
    pub name: String,
    /// Packages to add to the catalog's own.
    #[serde(default)]
    pub packages: Vec<String>,
    /// The name that it gets; the catalog's where absent.
    #[serde(default)]
    #[schema(pattern = "^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$", max_length = 63)]
    pub save_as: Option<String>,
    /// Whether it is built though it is there already.
    #[serde(default)]
    pub force: bool,
}
