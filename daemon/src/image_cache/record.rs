//! What is stored of an image.

use std::collections::BTreeSet;

use banger_api::{Image, ImageConfig, ImageLayer, ImageSource};
use banger_store::Record;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Unmanaged;
use crate::shelf::{self, Item};

/// What is stored of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageRecord {
    /// Its directory, and the key of the record.
    pub id: String,
    /// Its names.
    pub names: BTreeSet<String>,
    /// Where it came from.
    pub source: ImageSource,
    /// The digest of what it was made of: the manifest of an OCI image, else the tar as it
    /// came. `sha256:` and hex.
    pub digest: String,
    /// The layers of an OCI image, the lowest first.
    pub layers: Vec<ImageLayer>,
    /// How an OCI image wants to be run.
    pub config: ImageConfig,
    /// The users that its /etc/passwd names.
    pub users: Vec<String>,
    /// Where its files are, when they are not ours.
    #[serde(default)]
    pub unmanaged: Option<Unmanaged>,
    /// The kernel that its VMs boot where none is asked for.
    #[serde(default)]
    pub kernel: Option<String>,
    /// On disk, in bytes.
    pub size: u64,
    /// Files, directories and the like.
    pub entries: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Record for ImageRecord {
    const TREE: &'static str = "images";
    const VERSION: u16 = 2;

    fn migrate(from: u16, value: Value) -> Result<Value, String> {
        let mut value = shelf::migrate_names(from, value)?;
        let sha256 = value["sha256"].as_str().ok_or("no sha256")?;
        value["digest"] = format!("sha256:{sha256}").into();
        value["layers"] = Value::Array(Vec::new());
        value["config"] = serde_json::json!({});
        value["users"] = Value::Array(Vec::new());
        Ok(value)
    }
}

impl From<&Item<ImageRecord>> for Image {
    fn from(item: &Item<ImageRecord>) -> Self {
        let record = item.record.clone();
        Self {
            name: shelf::shown_name(&record.names, &record.id),
            id: record.id,
            names: record.names.into_iter().collect(),
            source: record.source,
            digest: record.digest,
            layers: record.layers,
            config: record.config,
            users: record.users,
            kernel: record.kernel,
            files: record.unmanaged.as_ref().map(Unmanaged::shown),
            size: record.size,
            entries: record.entries,
            created_at: record.created_at,
            used_by: item.used_by.clone(),
        }
    }
}
