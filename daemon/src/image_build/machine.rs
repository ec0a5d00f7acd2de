//! The VM of a build.

use std::path::PathBuf;

use banger_api::{CreateVm, Operation, OperationState, Problem};
use banger_vmm::GuestChannel;

use crate::{
    error,
    operation::{Output, Reporter},
    registry::{Vms, discard},
    vm::VmHandle,
};

/// What a build's VM has; the defaults of all VMs where absent.
#[derive(Clone, Debug, Default)]
pub struct MachineSize {
    /// Processors.
    pub vcpus: Option<u16>,
    /// Memory, in MiB.
    pub memory_mib: Option<u32>,
    /// The size of each of its disks, in MiB.
    pub disk_mib: Option<u64>,
    /// The kernel.
    pub kernel: Option<String>,
}

/// A VM that is there for one build.
pub struct Machine(VmHandle);

impl Machine {
    /// Makes and boots it; on an error, or when it is cancelled, nothing of it is left.
    pub async fn boot(
        vms: &Vms,
        name: &str,
        base: &str,
        size: &MachineSize,
        reporter: &Reporter,
        output: &Output,
    ) -> Result<Self, Problem> {
        let request = CreateVm {
            name: Some(name.to_owned()),
            image: Some(base.to_owned()),
            kernel: size.kernel.clone(),
            vcpus: size.vcpus,
            memory_mib: size.memory_mib,
            disk_mib: size.disk_mib,
            ..CreateVm::default()
        };
        let (snapshot, mut creating) = vms.create_for(request, true).await?;
        let machine = Self(vms.find(&snapshot.vm.id)?);
        let mut stage = String::new();
        let mut cancelled = false;
        loop {
            let seen = creating.borrow_and_update().clone();
            reporter.relay(&seen);
            if stage != seen.stage {
                output.line(&format!("==> {} (the build's VM)", seen.stage));
                stage = seen.stage;
            }
            match seen.state {
                OperationState::Running => {}
                OperationState::Succeeded if cancelled => {
                    machine.delete().await;
                    return Err(error::cancelled());
                }
                OperationState::Succeeded => return Ok(machine),
                OperationState::Failed | OperationState::Cancelled => {
                    return Err(seen.error.unwrap_or_else(error::cancelled));
                }
            }
            tokio::select! {
                changed = creating.changed() => if changed.is_err() {
                    machine.delete().await;
                    return Err(error::aborted(()));
                },
                () = reporter.cancelled().cancelled(), if !cancelled => {
                    cancelled = true;
                    vms.cancel(&seen.id);
                }
            }
        }
    }

    /// The id of its image.
    pub fn image_id(&self) -> Option<String> {
        self.0.snapshot().vm.image_id.clone()
    }

    /// Its name.
    pub fn name(&self) -> String {
        self.0.snapshot().vm.name.clone()
    }

    /// The name of its kernel.
    pub fn kernel(&self) -> String {
        self.0.snapshot().vm.kernel.clone()
    }

    /// How its agent is reached.
    pub fn channel(&self) -> Result<GuestChannel, Problem> {
        self.0.guest()
    }

    /// Its disk at /root.
    pub fn home(&self) -> PathBuf {
        self.0.snapshot().files.home.clone()
    }

    /// Shuts it down in order. Gives whether it did so.
    pub async fn stop(&self) -> bool {
        let ended = |operation: &Operation| operation.state != OperationState::Running;
        let Ok(mut stopping) = self.0.stop().await else {
            return false;
        };
        let _ = stopping.wait_for(ended).await;
        let state = stopping.borrow().state;
        state == OperationState::Succeeded
    }

    /// Ends and removes it.
    pub async fn delete(self) {
        discard(self.0).await;
    }
}
