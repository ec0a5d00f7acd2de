//! What the host tells a guest to be: applied at boot, and again after a snapshot restore.
//!
//! | file | duty |
//! |---|---|
//! | `clock.rs` | the wall clock |
//! | `host_name.rs` | the host name, /etc/hostname, /etc/hosts |
//! | `resolver.rs` | /etc/resolv.conf |
//! | `keys.rs` | root's authorized_keys |
//! | `machine_id.rs` | /etc/machine-id of images that have none |
//! | `text_file.rs` | replacing a small file |
//!
//! All paths are taken beneath a root directory, which is `/` outside of tests.

pub mod clock;
mod host_name;
mod keys;
mod machine_id;
mod resolver;
mod text_file;

use std::{
    io,
    path::{Path, PathBuf},
};

use banger_agent_protocol::config::GuestConfig;

/// Why a setting could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The kernel refused the host name.
    #[error("cannot set the host name to {name:?}: {source}")]
    HostName {
        /// The name.
        name: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Applies all settings that are files or names; the clock, the random seed and the network
/// have their own places in the order of things. `has_init` says
/// whether the image has an init.
///
/// # Errors
/// When a file cannot be written; those before it are.
pub fn apply(config: &GuestConfig, has_init: bool) -> Result<(), SettingsError> {
    let root = Path::new("/");
    host_name::set(&config.hostname)?;
    host_name::write(root, &config.hostname)?;
    if let Some(network) = &config.network {
        resolver::write(root, network)?;
    }
    keys::write(root, &config.authorized_keys)?;
    if has_init {
        machine_id::write_if_missing(root)?;
    }
    Ok(())
}
