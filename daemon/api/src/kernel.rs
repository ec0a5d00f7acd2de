//! Kernels.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A kernel that VMs can boot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Kernel {
    /// Its id: 12 hexadecimal digits; an unambiguous prefix will do everywhere.
    pub id: String,
    /// The first of its names, or its id where it has none.
    pub name: String,
    /// Its names. One that was replaced while VMs used it has none, and goes with the last
    /// of them.
    pub names: Vec<String>,
    /// What it calls itself (`uname -r`).
    pub release: String,
    /// The version of the package that it came in, or its release.
    pub version: String,
    /// Where it came from.
    pub source: KernelSource,
    /// The SHA-256 of its vmlinux, in hex.
    pub sha256: String,
    /// What it takes on disk with its modules, in bytes.
    pub size: u64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The VMs that use it, by name.
    pub used_by: Vec<String>,
}

/// Where a kernel came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum KernelSource {
    /// A package, through the host's apt.
    Apt {
        /// The package.
        package: String,
    },
    /// The host's own kernel.
    Host {
        /// Its image.
        path: String,
    },
    /// Package files or tarballs of the host.
    Packages {
        /// The files.
        files: Vec<String>,
    },
    /// A download.
    Url {
        /// From where.
        url: String,
        /// The SHA-256 of what was downloaded, in hex.
        sha256: String,
    },
    /// Files of the host.
    Files {
        /// The kernel image.
        vmlinux: String,
        /// Its modules; none where it needs none.
        modules: Option<String>,
        /// The initrd that its modules were taken out of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        initrd: Option<String>,
    },
}

/// The kernels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KernelList {
    /// By name.
    pub kernels: Vec<Kernel>,
    /// Names in the catalog, which `pull` takes.
    pub available: Vec<String>,
}

/// What `pull` can fetch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KernelCatalog {
    /// The kernels that are built in, then those of the catalog in the settings.
    pub kernels: Vec<CatalogKernel>,
    /// Where the catalog of the settings (`kernel_catalog`) is; none is set where absent.
    pub url: Option<String>,
    /// Why that catalog's kernels are not listed.
    pub problem: Option<String>,
}

/// A kernel that can be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CatalogKernel {
    /// Its name.
    pub name: String,
    /// What it is good for, in a line.
    pub description: String,
    /// Where it comes from: a package of the host's apt, or an address.
    pub source: String,
    /// Its version; what apt has, where absent.
    pub version: Option<String>,
    /// What is downloaded, in bytes; not known before where absent.
    pub size: Option<u64>,
}

/// Fetches a kernel of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PullKernel {
    /// A name of the catalog, such as `debian-cloud`.
    pub name: String,
    /// Whether it is fetched though it is there already.
    #[serde(default)]
    pub force: bool,
}

/// A file that holds a kernel, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KernelPackage {
    /// What it is.
    pub format: KernelPackageFormat,
    /// Its absolute path.
    pub path: String,
}

/// A kind of file that holds a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KernelPackageFormat {
    /// A Debian package.
    Deb,
    /// An RPM package, as Fedora and openSUSE have them.
    Rpm,
    /// An Alpine package (version 2).
    Apk,
    /// A Void package.
    Xbps,
    /// A tar, packed or not, as docs/kernel-catalog.md describes it.
    Tarball,
}

/// Takes a kernel from the host's files, or from an address. At most one of `vmlinux`,
/// `packages` and `url` is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportKernel {
    /// The name that it gets.
    #[schema(pattern = "^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$", max_length = 63)]
    pub name: String,
    /// Whether a kernel that has the name loses it; refused otherwise.
    #[serde(default)]
    pub replace: bool,
    /// An absolute path to a vmlinux or bzImage; the running host's kernel where absent.
    #[serde(default)]
    pub vmlinux: Option<String>,
    /// An absolute path to its modules (`/lib/modules/RELEASE`).
    #[serde(default)]
    pub modules: Option<String>,
    /// An absolute path to an initrd that has its modules, in place of `modules`. Nothing else
    /// of it is used: guests boot with an initramfs of banger's own. Where it has no modules of
    /// the kernel, all that a guest needs has to be built in.
    #[serde(default)]
    pub initrd: Option<String>,
    /// Packages that it is in, all of them together. Their signatures are not checked.
    #[serde(default)]
    pub packages: Vec<KernelPackage>,
    /// The address (http or https) of a package or tarball; goes with `sha256`.
    #[serde(default)]
    pub url: Option<String>,
    /// The SHA-256 of what is at `url`, in hex.
    #[serde(default)]
    pub sha256: Option<String>,
}
