//! Building images: a VM of the base image is booted, steps run in it, its file systems become
//! the image, and the VM is deleted, whatever happens.
//!
//! ```text
//! context (tar) ─> boot ─> step ─> step ... ─> commit ─> delete the VM ─> on the shelf
//!                    └───────┴────────┴──────────┴ failed, cancelled ─> delete the VM
//! ```
//!
//! A daemon that is killed meanwhile leaves a VM that its record calls transient: the next one
//! removes it.
//!
//! | file | role |
//! |---|---|
//! | `build.rs` | a build from beginning to end |
//! | `context.rs` | the files that a build may copy, as a tar on disk |
//! | `machine.rs` | the VM of a build |
//! | `run_step.rs` | a command in it |
//! | `copy_step.rs` | files into it |
//! | `guest_path.rs` | what lies at a path of it |
//! | `work_seed.rs` | its home disk, as what those of the image's VMs begin as |
//! | `owner.rs` | pure: whose a copied file is |

mod build;
mod context;
mod copy_step;
mod guest_path;
mod machine;
mod owner;
mod run_step;
mod work_seed;

pub use build::{Build, Built, Steps};
pub use context::Context;
pub use machine::MachineSize;
