//! All rooms together.

use std::path::PathBuf;

use actix_rt::ArbiterHandle;
use banger_api::{Operation, OperationKind};
use banger_config::Settings;
use banger_vmm::qemu::QemuConfig;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    event::Events,
    image_cache::{ImageRecord, Images, Registries},
    kernel_catalog::Kernels,
    operation::{Operations, Output},
    registry::Vms,
    shelf::{ShelfHandle, Work},
    storage::Layout,
};

/// All rooms, and what HTTP needs to know of the daemon itself.
pub struct App {
    /// The settings.
    pub settings: Settings,
    /// Since when it runs.
    pub started_at: Timestamp,
    /// Everything that changes.
    pub events: Events,
    /// Everything slow.
    pub operations: Operations,
    /// Kernels.
    pub kernels: ShelfHandle<Kernels>,
    /// Images.
    pub images: ShelfHandle<Images>,
    /// Where images come from.
    pub registries: Registries,
    /// Where everything is.
    pub layout: Layout,
    /// VMs.
    pub vms: Vms,
    /// Which programs run VMs, and how.
    pub qemu: QemuConfig,
    /// How VMs are run, in a line.
    pub vmm_line: String,
    /// The agent that guests get; nothing where it was not found.
    pub agent: Option<PathBuf>,
    /// The thread of all rooms, which outlives the one that serves requests.
    pub arbiter: ArbiterHandle,
    /// Fires when the daemon is to stop.
    pub closing: CancellationToken,
}

impl App {
    /// Begins an operation that waits for something on a shelf; one that is there already
    /// has succeeded.
    pub fn follow(
        &self,
        kind: OperationKind,
        target: &str,
        work: Option<Work>,
    ) -> watch::Receiver<Operation> {
        let reporter = self.operations.begin(kind, target, "preparing");
        let watch = reporter.watch();
        match work {
            Some(work) => {
                self.arbiter
                    .spawn(async move { reporter.finish(work.follow(&reporter).await) });
            }
            None => {
                reporter.note(format!("{target} is there already"));
                reporter.succeed();
            }
        }
        watch
    }

    /// The same for an image, whose VMs' disks get a size where one is given, and for work
    /// whose programs write something.
    pub fn follow_image(
        &self,
        kind: OperationKind,
        target: &str,
        work: Option<Work>,
        disk_mib: Option<u64>,
        output: Option<&Output>,
    ) -> watch::Receiver<Operation> {
        let operations = &self.operations;
        let reporter = operations.begin_with(kind, target, "preparing", output);
        let watch = reporter.watch();
        let images = self.images.clone();
        self.arbiter.spawn(async move {
            let made = async {
                match work {
                    Some(work) => work.follow(&reporter).await?,
                    None => reporter.note(format!("{} is there already", reporter.target_name())),
                }
                let Some(mib) = disk_mib else { return Ok(()) };
                // The same image may have been there, under this name or another.
                let resize = move |image: &mut ImageRecord| {
                    image.disk_mib = Some(mib);
                    Ok(())
                };
                let resized = images.rewrite(&reporter.target_name(), resize).await;
                resized.map(drop)
            };
            reporter.finish(made.await);
        });
        watch
    }
}
