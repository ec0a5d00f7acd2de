//! Guest kernels: from a Debian package or files to what a VMM boots.
//!
//! A kernel is installed once, into a directory of its own ([`pull`], [`import_files`],
//! [`import_packages`], [`import_host`]), and described by a [`KernelManifest`]. Of it and the agent,
//! [`build_initramfs`] makes the initramfs, which is cached under [`initramfs_key`].
//!
//! All functions block, some for seconds; none starts a thread. Long ones report
//! [`Progress`] on the calling thread and end early by a [`Cancel`] raised on another.
//!
//! # File map
//!
//! - `install/`: the directory of a kernel, the catalog, the manifest; start reading here
//! - `deb/`: packages that apt finds and downloads
//! - `package/`: the formats of packages, unpacked without their tools
//! - `vmlinux/`: the ELF kernel inside a bzImage
//! - `modules/`: which modules are kept, and the order in which they load
//! - `initramfs/`: the newc archive with the agent and the modules
//! - `compression/`: all compressions that these come in
//! - `cancel.rs`, `progress.rs`: what a long call shares with its caller
//! - `files.rs`: file access with errors that say what to do

mod cancel;
mod compression;
mod deb;
mod files;
mod initramfs;
mod install;
mod modules;
mod package;
mod progress;
mod vmlinux;

use std::fmt::Write as _;

pub use cancel::{Cancel, Cancelled};
pub use compression::{Compression, DecompressError};
pub use deb::{AptError, ArError};
pub use files::FileError;
pub use initramfs::{
    InitramfsError, LOAD_LIST, Module, build_initramfs, initramfs_key, sha256_of_file,
    write_initramfs,
};
pub use install::{
    CATALOG, CatalogEntry, InstallError, KernelManifest, KernelSource, ManifestError, ModulesFrom,
    Package, WORK, find, import_files, import_host, import_packages, pull,
};
pub use modules::{LoadOrderError, ModinfoError, ModuleRecord, TreeError};
pub use package::{CpioError, HostilePath, PackageFormat, RpmError, UnpackError};
pub use progress::{OnProgress, Progress, Stage};
pub use vmlinux::{BzImageError, ElfError, Vmlinux, VmlinuxError, extract};

/// Lower-case hex.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
