//! The mailbox of a VM.

use std::sync::Arc;

use actix::Message;
use banger_api::{BootReport, Operation, OperationKind, Problem, WaitFor};
use banger_vmm::{ExitReason, Machine};
use tokio::sync::watch;

use super::effects;
use super::transitions::Command;

/// Somebody wants something; see [`Command`] for when each is legal.
#[derive(Message)]
#[rtype(result = "Result<watch::Receiver<Operation>, Problem>")]
pub struct Do {
    /// What.
    pub command: Command,
    /// What the operation is called.
    pub kind: OperationKind,
    /// What is waited for when this leads to a boot.
    pub wait_for: WaitFor,
}

/// Somebody sends the VMM a signal. Legal while starting, running and stopping.
#[derive(Message)]
#[rtype(result = "Result<(), Problem>")]
pub struct Signal(pub i32);

/// Event: image, kernel and disks are there, or not.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Prepared(pub Result<effects::Taken, Problem>);

/// Event: the machine's processes run, the guest is not ready yet.
#[derive(Message)]
#[rtype(result = "()")]
pub struct MachineStarted(pub Arc<dyn Machine>);

/// Event: the guest is ready, or no process of it is left.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Booted(pub Result<(Arc<dyn Machine>, BootReport), Problem>);

/// Event: the machine of a VM that ran has ended.
#[derive(Message)]
#[rtype(result = "()")]
pub struct MachineEnded(pub ExitReason);

/// Event: nothing of the VM is left, or something is.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Removed(pub Result<(), Problem>);
