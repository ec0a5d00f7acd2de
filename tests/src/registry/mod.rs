//! Registries for tests: Debian's own on loopback, and one that fails on purpose.
//!
//! | file | role |
//! |---|---|
//! | `debian.rs` | `docker-registry`: plain, with passwords, with TLS |
//! | `faulty.rs` | a registry that stalls, resets and lies, as told |
//! | `layout.rs` | OCI layouts and layers, made on the spot |

mod debian;
mod faulty;
mod layout;

pub use debian::{DebianRegistry, NEEDED, PASSWORD, USER};
pub use faulty::{Fault, Faulty, Request};
pub use layout::{Blob, ImageLayout, layer_tar};
