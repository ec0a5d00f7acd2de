//! The image cache: root file systems that VMs can boot, a [`shelf`](crate::shelf) of them.
//! Registries and OCI archives will be further recipes here.
//!
//! | file | role |
//! |---|---|
//! | `record.rs` | what is stored of an image |
//! | `artifact.rs` | how images are made |
//! | `catalog.rs` | the images that have names |
//! | `debian.rs` | pure: how mmdebstrap is called |
//! | `bootstrap.rs` | runs mmdebstrap and streams its tar on |
//! | `convert.rs` | a tar stream becomes an ext4 |
//! | `prune.rs` | images that can go |
//! | `run_config.rs` | pure: what an image's configuration adds to a command |

mod artifact;
mod bootstrap;
mod catalog;
mod convert;
mod debian;
mod prune;
mod record;
pub mod run_config;

pub use artifact::{ImageRecipe, Images};
pub use prune::prune;
pub use record::ImageRecord;
