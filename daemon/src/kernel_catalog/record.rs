//! What is stored of a kernel.

use std::collections::BTreeSet;

use banger_api::{Kernel, KernelSource};
use banger_kernel::KernelManifest;
use banger_store::Record;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::shelf::{self, Item};

/// What is stored of a kernel; the rest stands in its directory's manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelRecord {
    /// Its directory, and the key of the record.
    pub id: String,
    /// Its names.
    pub names: BTreeSet<String>,
    /// `uname -r`.
    pub release: String,
    /// The package's version, or the release.
    pub version: String,
    /// Where it came from.
    pub source: KernelSource,
    /// The SHA-256 of its vmlinux, in hex.
    pub sha256: String,
    /// With its modules, in bytes.
    pub size: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Record for KernelRecord {
    const TREE: &'static str = "kernels";
    const VERSION: u16 = 2;

    fn migrate(from: u16, value: Value) -> Result<Value, String> {
        shelf::migrate_names(from, value)
    }
}

impl KernelRecord {
    /// The record of a kernel that was just installed.
    pub fn new(id: &str, manifest: KernelManifest) -> Self {
        Self {
            id: id.to_owned(),
            names: BTreeSet::new(),
            version: manifest.version.unwrap_or_else(|| manifest.release.clone()),
            release: manifest.release,
            source: source(manifest.source),
            sha256: manifest.sha256,
            size: manifest.size,
            created_at: Timestamp::now(),
        }
    }
}

fn source(source: banger_kernel::KernelSource) -> KernelSource {
    let text = |path: std::path::PathBuf| path.display().to_string();
    match source {
        banger_kernel::KernelSource::Apt { package } => KernelSource::Apt { package },
        banger_kernel::KernelSource::Host { path } => KernelSource::Host { path: text(path) },
        banger_kernel::KernelSource::Packages { files } => KernelSource::Packages {
            files: files.into_iter().map(text).collect(),
        },
        banger_kernel::KernelSource::Url { url, sha256 } => KernelSource::Url { url, sha256 },
        banger_kernel::KernelSource::Files {
            image,
            modules,
            initrd,
        } => KernelSource::Files {
            vmlinux: text(image),
            modules: modules.map(text),
            initrd: initrd.map(text),
        },
    }
}

impl From<&Item<KernelRecord>> for Kernel {
    fn from(item: &Item<KernelRecord>) -> Self {
        let record = item.record.clone();
        Self {
            name: shelf::shown_name(&record.names, &record.id),
            id: record.id,
            names: record.names.into_iter().collect(),
            release: record.release,
            version: record.version,
            source: record.source,
            sha256: record.sha256,
            size: record.size,
            created_at: record.created_at,
            used_by: item.used_by.clone(),
        }
    }
}
