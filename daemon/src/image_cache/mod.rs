//! The image cache: root file systems that VMs can boot, a [`shelf`](crate::shelf) of them.
//! They come from registries, from archives, from the host's apt sources, or from VMs.
//!
//! | file | role |
//! |---|---|
//! | `record.rs` | what is stored of an image |
//! | `artifact.rs` | how images are made |
//! | `catalog.rs` | the images that have names |
//! | `debian.rs` | pure: how mmdebstrap is called |
//! | `bootstrap.rs` | runs mmdebstrap and streams its tar on |
//! | `convert.rs` | a tar stream becomes an ext4 |
//! | `import.rs` | from an archive of either kind to a root file system |
//! | `export.rs` | an image into an OCI archive |
//! | `pull.rs` | from a registry's reference to a root file system |
//! | `flatten/` | layers become an ext4 |
//! | `watched.rs` | blocking work that is told of and can be cancelled |
//! | `once.rs` | nothing is converted twice at the same time |
//! | `unmanaged.rs` | files of images that stay where they are |
//! | `register.rs` | images of such files, and how those become ours |
//! | `prune.rs` | images that can go |
//! | `run_config.rs` | pure: what an image's configuration adds to a command |

mod artifact;
mod bootstrap;
mod catalog;
mod convert;
mod debian;
mod export;
mod flatten;
mod import;
mod once;
mod prune;
mod pull;
mod record;
mod register;
pub mod run_config;
mod unmanaged;
mod watched;

pub use artifact::{ImageRecipe, Images, commit as convert_system};
pub use convert::{Converted, size_on_disk};
pub use export::{Export, export};
pub use import::{Archive, Naming};
pub use prune::{PARTIAL_AGE, prune, sweep_layers};
pub use pull::Registries;
pub use record::ImageRecord;
pub use register::{promote, register};
pub use unmanaged::Unmanaged;
