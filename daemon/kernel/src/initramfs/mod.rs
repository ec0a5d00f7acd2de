//! The initramfs of a VM: the agent as /init, the modules that it loads, and nothing else.
//!
//! - `cpio.rs`: the newc archive (pure, over any writer)
//! - `layout.rs`: what the archive holds (pure)
//! - `build.rs`: reads agent and modules, publishes the file
//!
//! It is not packed: unpacking would cost the guest more than reading.

mod build;
mod cpio;
mod layout;

pub use build::{InitramfsError, build_initramfs, initramfs_key, sha256_of_file};
pub use layout::{LOAD_LIST, Module, write_initramfs};
