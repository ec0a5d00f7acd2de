//! Building images: a VM of the base image is booted, steps run in it, its file systems become
//! the image, and the VM is deleted, whatever happens.
//!
//! ```text
//! context (tar) ─> boot ─> step ─> step ... ─> commit ─> delete the VM ─> on the shelf
//!                    └───────┴────────┴──────────┴ failed, cancelled ─> delete the VM
//! ```
//!
//! Each stage of a Dockerfile has a VM of its own, one after the other; it is there until no
//! later stage copies of it. What several stages build on is committed to an image without a
//! name.
//!
//! A daemon that is killed meanwhile leaves VMs that their records call transient, and images
//! that have neither a name nor a user: the next one removes them.
//!
//! | file | role |
//! |---|---|
//! | `build.rs` | a build from beginning to end |
//! | `stages.rs` | a Dockerfile's stages, each in its VM |
//! | `stage.rs` | what one of them does there |
//! | `context.rs` | the files that a build may copy |
//! | `tree.rs` | files as a tar on disk, and what is in it |
//! | `machine.rs` | the VM of a build |
//! | `run_step.rs` | a command in it |
//! | `mount_step.rs` | what is there for one command only |
//! | `copy_step.rs` | files into it: where to, and whose |
//! | `pick/` | which files: of the context, or of another stage's VM |
//! | `fetch.rs` | files of addresses |
//! | `item.rs` | what is sent |
//! | `guest_path.rs` | what lies at a path of it |
//! | `work_seed.rs` | its home disk, as what those of the image's VMs begin as |
//! | `owner.rs` | pure: whose a copied file is |

mod build;
mod context;
mod copy_step;
mod fetch;
mod guest_path;
mod item;
mod machine;
mod mount_step;
mod owner;
mod pick;
mod run_step;
mod stage;
mod stages;
mod tree;
pub mod work_seed;

pub use build::{Build, Built, Steps};
pub use context::Context;
pub use machine::MachineSize;
