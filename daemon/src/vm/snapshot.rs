//! What readers see of a VM, without entering its mailbox.

use banger_api::{Vm, VmAccelerator, VmState};
use banger_vmm::{GuestChannel, VmmKind};

use super::state::{Phase, VmRecord};
use crate::storage::VmFiles;

/// A VM as of now.
#[derive(Clone, Debug)]
pub struct VmSnapshot {
    /// As the API tells it.
    pub vm: Vm,
    /// How its agent is reached, while it runs.
    pub channel: Option<GuestChannel>,
    /// Its files.
    pub files: VmFiles,
    /// Whether nothing of it exists any more.
    pub gone: bool,
}

/// The record as the API tells it.
pub fn view(record: &VmRecord) -> Vm {
    let machine = record.machine.as_ref();
    Vm {
        id: record.id.clone(),
        name: record.name.clone(),
        state: state(record.phase),
        reason: record.reason.clone(),
        generation: record.generation,
        image: record.image.clone(),
        image_id: record.image_id.clone(),
        kernel: record.kernel.clone(),
        kernel_id: record.kernel_id.clone(),
        vcpus: record.vcpus,
        memory_mib: record.memory_mib,
        disk_mib: record.disk_mib,
        network: record.network,
        accelerator: machine.map(|machine| accelerator(machine.vmm)),
        vmm_pid: machine.map(|machine| machine.process.pid),
        boot: record.boot,
        created_at: record.created_at,
        started_at: record.started_at,
    }
}

fn state(phase: Phase) -> VmState {
    match phase {
        Phase::Creating => VmState::Creating,
        Phase::Starting => VmState::Starting,
        Phase::Running => VmState::Running,
        Phase::Stopping => VmState::Stopping,
        Phase::Stopped => VmState::Stopped,
        Phase::Deleting => VmState::Deleting,
    }
}

fn accelerator(kind: VmmKind) -> VmAccelerator {
    match kind {
        VmmKind::QemuKvm => VmAccelerator::Kvm,
        VmmKind::QemuTcg => VmAccelerator::Tcg,
    }
}
