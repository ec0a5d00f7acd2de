//! What is stored of an image.

use banger_api::{Image, ImageSource};
use banger_store::Record;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::shelf::Item;

/// What is stored of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageRecord {
    /// Its directory.
    pub id: String,
    /// Its name, the key of the record.
    pub name: String,
    /// Where it came from.
    pub source: ImageSource,
    /// The SHA-256 of the tar that it was made of, in hex.
    pub sha256: String,
    /// On disk, in bytes.
    pub size: u64,
    /// Files, directories and the like.
    pub entries: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Record for ImageRecord {
    const TREE: &'static str = "images";
    const VERSION: u16 = 1;
}

impl From<&Item<ImageRecord>> for Image {
    fn from(item: &Item<ImageRecord>) -> Self {
        let record = item.record.clone();
        Self {
            id: record.id,
            name: record.name,
            source: record.source,
            sha256: record.sha256,
            size: record.size,
            entries: record.entries,
            created_at: record.created_at,
            used_by: item.used_by.clone(),
        }
    }
}
