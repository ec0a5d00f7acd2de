//! The daemon's directories, and whose they are.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
};

use super::StartError;
use crate::storage::Layout;

/// The state is its owner's alone; the runtime directory may be entered by the VMMs' users.
///
/// # Errors
/// When one cannot be made, or is somebody else's.
pub fn make_directories(layout: &Layout) -> Result<(), StartError> {
    let runtime = &layout.runtime_dir;
    for (path, mode) in [
        (&layout.state_dir, 0o700),
        (&layout.vms(), 0o700),
        (runtime, 0o711),
        (&layout.machines(), 0o711),
    ] {
        let failed = |message: String| StartError::Directory {
            path: path.clone(),
            message,
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(mode)
            .create(path)
            .map_err(|error| failed(error.to_string()))?;
        let metadata = fs::symlink_metadata(path).map_err(|error| failed(error.to_string()))?;
        // In a shared directory such as /tmp somebody may have been there first.
        if !metadata.is_dir() || metadata.uid() != nix::unistd::geteuid().as_raw() {
            return Err(failed(
                "is not a directory of yours; set another in config.toml".into(),
            ));
        }
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
            .map_err(|error| failed(error.to_string()))?;
    }
    Ok(())
}

/// Two daemons of different state must not share a runtime directory: each would take the
/// other's machines for strays. Whose it is stands in a file; one without machines can change
/// hands.
///
/// # Errors
/// When it belongs to VMs of another state.
pub fn claim_runtime_dir(layout: &Layout) -> Result<(), StartError> {
    let path = layout.runtime_dir.join("state-dir");
    let failed = |error: std::io::Error| StartError::Directory {
        path: path.clone(),
        message: error.to_string(),
    };
    let mine = layout.state_dir.as_os_str().as_encoded_bytes();
    let has_machines =
        fs::read_dir(layout.machines()).is_ok_and(|mut found| found.next().is_some());
    match fs::read(&path) {
        Ok(owner) if owner != mine && has_machines => Err(StartError::Directory {
            path: layout.runtime_dir.clone(),
            message: format!(
                "belongs to VMs of {}; set `runtime_dir` (BANGER_RUNTIME_DIR) as well as `state_dir`",
                String::from_utf8_lossy(&owner)
            ),
        }),
        Ok(owner) if owner == mine => Ok(()),
        Ok(_) | Err(_) => fs::write(&path, mine).map_err(failed),
    }
}
