//! Images.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A root file system that VMs can boot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Image {
    /// Its id: 12 hexadecimal digits; an unambiguous prefix will do everywhere.
    pub id: String,
    /// The first of its names, or its id where it has none.
    pub name: String,
    /// Its names. One that was replaced while VMs used it has none, and goes with the last
    /// of them.
    pub names: Vec<String>,
    /// Where it came from.
    pub source: ImageSource,
    /// The digest of what it was made of: an OCI image's manifest, else the tar as it came;
    /// of a registered one, of its files' paths, sizes and times.
    /// `sha256:` and hex.
    pub digest: String,
    /// An OCI image's layers, the lowest first.
    pub layers: Vec<ImageLayer>,
    /// How an OCI image wants to be run.
    pub config: ImageConfig,
    /// The users that its /etc/passwd names.
    pub users: Vec<String>,
    /// Where its files are, when they are not banger's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<ImageFiles>,
    /// The kernel that its VMs boot where none is asked for; the default one where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// What it takes on disk, in bytes.
    pub size: u64,
    /// The size of its VMs' disks where their creator says none, in MiB: what was said of the
    /// image; else the configured default, or, where that is less, what leaves room to write
    /// anew all that the image has, and a quarter more.
    pub disk_mib: u64,
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
    /// A registry.
    Registry {
        /// Its full reference, such as `docker.io/library/alpine:3.20`.
        reference: String,
    },
    /// An OCI layout, an OCI archive, or what `docker save` writes.
    OciArchive {
        /// The name that it had there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    /// A file of this host, which was registered.
    Files {
        /// The root file system.
        rootfs: String,
    },
    /// A build.
    Build {
        /// The image that it began with, as it was asked for.
        from: String,
    },
    /// A VM.
    Vm {
        /// Its name then.
        name: String,
    },
}

/// The files of an image that are not banger's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImageFiles {
    /// The root file system, by its absolute path.
    pub rootfs: String,
    /// What the VMs' home disks begin as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_seed: Option<String>,
}

/// Makes an image of files that stay where they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterImage {
    /// The name that the image gets; a registered image that has it gets these files.
    #[schema(max_length = 255)]
    pub name: String,
    /// The root file system, an ext4, by its absolute path. VMs only read it; they are not
    /// started when it is another than it was.
    pub rootfs: String,
    /// An ext4 that its VMs' home disks, at /root, begin as a copy of.
    #[serde(default)]
    pub work_seed: Option<String>,
    /// The name of the kernel that its VMs boot where none is asked for.
    #[serde(default)]
    pub kernel: Option<String>,
    /// The size of its VMs' disks where their creator says none, in MiB. Where absent, its content
    /// and the configured default say.
    #[serde(default)]
    #[schema(minimum = 64, maximum = 16_777_216)]
    pub disk_mib: Option<u64>,
}

/// A layer of an OCI image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImageLayer {
    /// `sha256:` and hex, of the layer as it came.
    pub digest: String,
    /// Such as `application/vnd.oci.image.layer.v1.tar+gzip`.
    pub media_type: String,
    /// As it came, in bytes.
    pub size: u64,
}

/// How an OCI image wants to be run (OCI image specification, "config").
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImageConfig {
    /// `NAME=value` each.
    #[serde(default)]
    pub env: Vec<String>,
    /// What every run begins with.
    #[serde(default)]
    pub entrypoint: Vec<String>,
    /// What follows it where nothing else is asked for.
    #[serde(default)]
    pub cmd: Vec<String>,
    /// Where it runs; `/` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_dir: Option<String>,
    /// As whom: `user`, `uid`, `user:group`, `uid:gid`; root where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What its maker noted.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// The images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImageList {
    /// By name.
    pub images: Vec<Image>,
    /// Names in the catalog, which `pull` takes.
    pub available: Vec<String>,
}

/// Fetches an image of a registry, or builds one of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PullImage {
    /// A name of the catalog, such as `debian-bookworm`; else a registry's reference as
    /// docker takes it, such as `alpine:3.20` or `ghcr.io/org/app@sha256:...`.
    pub name: String,
    /// Packages to add to the catalog's own; only with a name of the catalog.
    #[serde(default)]
    pub packages: Vec<String>,
    /// The name that it gets; where absent the catalog's, or the reference.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub save_as: Option<String>,
    /// Whether it is looked for, or built, though it is there already.
    #[serde(default)]
    pub force: bool,
    /// The size of its VMs' disks where their creator says none, in MiB. An image that is
    /// there already gets it, too. Where absent, nothing is said: its content and the
    /// configured default say.
    #[serde(default)]
    #[schema(minimum = 64, maximum = 16_777_216)]
    pub disk_mib: Option<u64>,
}

/// Gives an image one more name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagImage {
    /// The name; an image that has it loses it.
    #[schema(max_length = 255)]
    pub name: String,
}

/// Makes an image of a VM's file systems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitVm {
    /// The name that the image gets.
    #[schema(max_length = 255)]
    pub name: String,
    /// Whether an image that has the name loses it; refused otherwise.
    #[serde(default)]
    pub replace: bool,
    /// How the image wants to be run; as the VM's own where absent.
    #[serde(default)]
    pub config: Option<ImageConfig>,
}

/// Removes images that no VM uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PruneImages {
    /// Only those made at least so many seconds ago.
    #[serde(default)]
    pub older_than_seconds: u64,
    /// Only as many, the oldest first, as are needed until those that are left take at most
    /// so many bytes.
    #[serde(default)]
    pub keep_bytes: Option<u64>,
    /// Whether they are only told.
    #[serde(default)]
    pub dry_run: bool,
}

/// What a pruning removed, or would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PrunedImages {
    /// The images.
    pub images: Vec<Image>,
    /// What they and unused layers took on disk, in bytes.
    pub freed: u64,
}
