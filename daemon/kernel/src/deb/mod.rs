//! Debian packages: found and downloaded by the host's own apt, unpacked without dpkg.
//!
//! - `listing.rs`: reads what apt prints (pure)
//! - `apt.rs`: runs apt
//! - `ar.rs`: the ar archive that a package is (pure, over any reader)
//! - `select.rs`: which members of a kernel package are wanted (pure)
//! - `unpack/`: writes those to a directory

mod apt;
mod ar;
mod listing;
mod select;
mod unpack;

pub use apt::AptError;
pub(crate) use apt::{download, look_up};
pub use ar::ArError;
#[cfg(test)]
pub(crate) use ar::build as build_ar;
pub use select::HostilePath;
pub use unpack::UnpackError;
pub(crate) use unpack::{size, unpack};
