//! The home disk of a VM, as what the home disks of its image's VMs begin as.
//!
//! A new home disk is filled in the guest, from what the image has in /root: nothing to speak
//! of for a few files, many seconds for a few thousand. A build's VM has that disk filled
//! already; for an image whose files have just become ours a VM is booted that fills one. It
//! belongs to the image, and goes with it: an image that is ours never changes, so neither does
//! what is in its /root, and its id is all the fingerprint that is needed.

use std::{fs, io, path::Path};

use banger_api::Problem;
use banger_ext4::clone_sparse;

use super::{MachineSize, machine::Machine};
use crate::{
    error,
    image_cache::{ImageRecord, Images, size_on_disk},
    operation::{Output, Reporter},
    registry::Vms,
    shelf::ShelfHandle,
    storage::Layout,
};

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

/// Makes the work-seed of an image that has none, where it is worth it, and says so in the
/// image's record.
///
/// # Errors
/// When no VM of the image can be booted, or it was cancelled. The image is as it was.
pub async fn make(
    vms: &Vms,
    images: &ShelfHandle<Images>,
    layout: &Layout,
    image: &str,
    reporter: &Reporter,
) -> Result<(), Problem> {
    let seed = layout.work_seed(image);
    let Some(directory) = seed.parent().filter(|_| !seed.exists()) else {
        return Ok(());
    };
    let (name, size) = (format!("home-of-{image}"), MachineSize::default());
    let machine = Machine::boot(vms, &name, image, &size, reporter, &Output::default()).await?;
    let keeping = async {
        // What the guest has not written out yet cannot be seen here.
        if !machine.stop().await || !is_worth_keeping(&machine) {
            return Ok(());
        }
        let size = keep(&machine, directory).await?;
        let rewrite = move |record: &mut ImageRecord| {
            record.size += size;
            Ok(())
        };
        images.rewrite(image, rewrite).await.map(drop)
    };
    let kept = reporter.cancelled().run_until_cancelled(keeping).await;
    machine.delete().await;
    kept.ok_or_else(error::cancelled)?
}
