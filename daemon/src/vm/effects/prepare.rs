//! Image, kernel, disks.

use banger_api::Problem;

use crate::{
    error,
    operation::Reporter,
    storage,
    vm::{VmPorts, VmRecord},
};

/// What a VM was given.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The image's id.
    pub image_id: String,
    /// The kernel's id.
    pub kernel_id: String,
    /// The size of each of its disks, in MiB.
    pub disk_mib: u64,
}

/// Gives the VM the use of its image and kernel and makes its disks. What it did when it
/// fails, `remove` undoes.
pub async fn prepare(
    ports: &VmPorts,
    record: &VmRecord,
    reporter: &Reporter,
) -> Result<Taken, Problem> {
    let pull = record.pull;
    let (id, name) = (&record.id, &record.name);
    let kernel = ports
        .kernels
        .ensure(&record.kernel, id, name, pull, reporter)
        .await?;
    let image = ports
        .images
        .ensure(&record.image, id, name, pull, reporter)
        .await?;
    if reporter.cancelled().is_cancelled() {
        return Err(error::cancelled());
    }
    reporter.stage("making disks");
    let (layout, files) = (ports.layout.clone(), ports.layout.vm(&record.id));
    let disk_mib = match record.disk_of_image {
        true => image.disk_mib(ports.images.artifact().default_disk_mib),
        false => record.disk_mib,
    };
    let (image_id, unmanaged) = (image.id.clone(), image.unmanaged);
    let making = tokio::task::spawn_blocking(move || {
        let seed = match unmanaged {
            Some(unmanaged) => {
                unmanaged.check()?;
                unmanaged.work_seed.map(|seed| seed.path)
            }
            None => Some(layout.work_seed(&image_id)).filter(|seed| seed.exists()),
        };
        storage::clone_disks(&layout, &files, disk_mib, seed.as_deref()).map_err(error::disk)
    });
    making.await.map_err(error::aborted)??;
    Ok(Taken {
        image_id: image.id,
        kernel_id: kernel.id,
        disk_mib,
    })
}
