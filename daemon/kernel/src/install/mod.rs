//! Installs a kernel into a directory: `vmlinux`, `config` where there is one, `modules/` in
//! the form of /lib/modules/RELEASE, and `manifest.json`.
//!
//! - `catalog.rs`: kernels known by name
//! - `manifest.rs`: what is recorded of a kernel
//! - `pull.rs`: from a Debian package
//! - `packages.rs`: from package files and tarballs
//! - `import.rs`: from files, or the running host's
//! - `assemble.rs`: what both have in common
//! - `destination.rs`: the directory, left empty on a failure
//! - `error.rs`: why a kernel could not be installed

mod assemble;
mod catalog;
mod destination;
mod error;
mod import;
mod manifest;
mod packages;
mod pull;
#[cfg(test)]
mod tests;

pub use catalog::{CATALOG, CatalogEntry, find};
pub use destination::WORK;
pub use error::InstallError;
pub use import::{ModulesFrom, import_files, import_host};
pub use manifest::{KernelManifest, KernelSource, ManifestError};
pub use packages::{Package, import_packages};
pub use pull::pull;
