//! Debian packages: found and downloaded by the host's own apt. What is in them is for
//! [`crate::package`] to read.
//!
//! - `listing.rs`: reads what apt prints (pure)
//! - `apt.rs`: runs apt
//! - `ar.rs`: the ar archive that a package is (pure, over any reader)

mod apt;
mod ar;
mod listing;

pub use apt::AptError;
pub(crate) use apt::{download, look_up};
pub use ar::ArError;
pub(crate) use ar::Archive;
#[cfg(test)]
pub(crate) use ar::build as build_ar;
