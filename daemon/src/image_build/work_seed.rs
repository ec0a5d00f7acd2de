//! The home disk of a build, as what the home disks of the image's VMs begin as.
//!
//! A new home disk is filled in the guest, from what the image has in /root: nothing to speak
//! of for a few files, many seconds for a few thousand. The build's VM has that disk filled
//! already. It belongs to the image, and goes with it: an image never changes, so neither does
//! what is in its /root.

use std::{fs, io, path::Path};

use banger_api::Problem;
use banger_ext4::clone_sparse;

use super::machine::Machine;
use crate::{error, image_cache::size_on_disk};

/// The seed's name beside the root file system; see [`crate::storage::Layout::work_seed`].
const NAME: &str = "work-seed.ext4";
/// A home disk that takes less is filled as fast as it is copied, in bytes. One that nobody
/// has written to takes about 5 MiB, most of it its journal.
const WORTH: u64 = 24 << 20;

/// Whether the VM's home disk is large enough to be worth keeping.
pub fn is_worth_keeping(machine: &Machine) -> bool {
    size_on_disk(&machine.home()).is_ok_and(|size| size >= WORTH)
}

/// Moves the home disk of a VM that has been shut down into an image's directory. Gives what
/// it takes there, in bytes.
pub async fn keep(machine: &Machine, directory: &Path) -> Result<u64, Problem> {
    let (home, seed) = (machine.home(), directory.join(NAME));
    let moving = tokio::task::spawn_blocking(move || {
        match fs::rename(&home, &seed) {
            Ok(()) => {}
            // The image's directory may be on another file system.
            Err(source) if source.kind() == io::ErrorKind::CrossesDevices => {
                clone_sparse(&home, &seed).map_err(|source| error::clone(&source))?;
            }
            Err(source) => return Err(error::io(&seed, &source)),
        }
        Ok(size_on_disk(&seed).unwrap_or(0))
    });
    moving.await.map_err(error::aborted)?
}
