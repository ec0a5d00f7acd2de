//! Files that a kernel comes in: packages of several distributions, and tarballs.
//!
//! | format | container | files |
//! |---|---|---|
//! | deb | ar (deb(5)) | tar in gzip, xz or zstd |
//! | rpm | lead, two headers | cpio in gzip, xz, zstd, bzip2 or lzma |
//! | apk | none (version 2) | three tars, each in gzip, one after the other |
//! | xbps | none | tar in zstd or xz |
//! | tarball | none | tar, packed or not; see docs/kernel-catalog.md |
//!
//! - `format.rs`: the formats, told apart by their first bytes (pure)
//! - `rpm.rs`: skips what an rpm has before its files (pure, over any reader)
//! - `cpio.rs`: reads a newc archive (pure, over any reader)
//! - `initrd.rs`: the modules that an initrd has
//! - `select.rs`: which members are wanted, and where they go (pure)
//! - `members.rs`: writes those to a directory
//! - `unpack.rs`: all of it together
//! - `error.rs`: why a package could not be unpacked

mod cpio;
mod error;
mod format;
mod initrd;
mod members;
mod rpm;
mod select;
#[cfg(test)]
mod tests;
mod unpack;

pub use cpio::CpioError;
pub use error::UnpackError;
pub use format::PackageFormat;
pub(crate) use initrd::unpack_initrd;
pub(crate) use members::Unpacked;
pub use rpm::RpmError;
pub use select::HostilePath;
pub(crate) use select::MODULES;
#[cfg(test)]
pub(crate) use tests::{cpio, rpm, tar};
pub(crate) use unpack::{size, unpack};
