//! What is stored of an image.

use std::collections::BTreeSet;

use banger_api::{Image, ImageConfig, ImageLayer, ImageSource, limits::DISK_MIB, size::MIB};
use banger_store::Record;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Unmanaged;
use crate::shelf::{self, Item};

/// One gibibyte, in MiB.
const GIB_IN_MIB: u64 = 1024;

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
    /// The size of its VMs' disks where their creator says none, in MiB, as it was asked for.
    #[serde(default)]
    pub disk_mib: Option<u64>,
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

impl ImageRecord {
    /// The size of its VMs' disks where their creator says none, in MiB; `default` is what
    /// VMs have otherwise.
    ///
    /// A disk holds only what differs from the image: at worst, all of it anew, as after an
    /// upgrade of everything, and what comes to it. Disks are sparse, so room costs nothing;
    /// whole GiB keep the number of different empty disks small.
    pub fn disk_mib(&self, default: u64) -> u64 {
        let content = self.size.div_ceil(MIB);
        let needed = content.saturating_add(content / 4).div_ceil(GIB_IN_MIB);
        let needed = needed.saturating_mul(GIB_IN_MIB).min(*DISK_MIB.end());
        self.disk_mib.unwrap_or(default.max(needed))
    }
}

/// An image as the world sees it.
pub fn shown(item: &Item<ImageRecord>, default_disk_mib: u64) -> Image {
    let disk_mib = item.record.disk_mib(default_disk_mib);
    let record = item.record.clone();
    Image {
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
        disk_mib,
        entries: record.entries,
        created_at: record.created_at,
        used_by: item.used_by.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(size: u64) -> ImageRecord {
        // As it was stored before images said how large disks are.
        let stored = serde_json::json!({
            "id": "a1", "names": ["app"], "source": { "type": "archive" }, "digest": "sha256:0",
            "layers": [], "config": {}, "users": [], "size": size, "entries": 1,
            "created_at": "2026-01-01T00:00:00Z",
        });
        serde_json::from_value(stored).unwrap()
    }

    #[test]
    fn disks_have_room_for_all_of_the_image_and_more() {
        const GIB: u64 = 1 << 30;
        assert_eq!(record(300 << 20).disk_mib(8192), 8192);
        assert_eq!(record(300 << 20).disk_mib(64), 1024);
        assert_eq!(record(15 * GIB).disk_mib(10240), 19 * 1024);
        assert_eq!(record(16 * GIB).disk_mib(10240), 20 * 1024);
        assert_eq!(record(u64::MAX).disk_mib(10240), *DISK_MIB.end());
    }

    #[test]
    fn what_was_asked_for_wins() {
        let mut image = record(15 << 30);
        image.disk_mib = Some(512);
        assert_eq!(image.disk_mib(10240), 512);
    }
}
