//! What the other rooms call.

use std::sync::Arc;

use actix::Addr;
use banger_api::{ErrorCode, Operation, OperationKind, Problem, VmState, WaitFor};
use banger_vmm::GuestChannel;
use tokio::sync::watch;

use super::{
    actor::VmActor,
    messages::{Do, Signal},
    snapshot::VmSnapshot,
    transitions::Command,
};

/// A VM. Cheap to clone; may outlive the VM.
#[derive(Clone)]
pub struct VmHandle {
    address: Addr<VmActor>,
    snapshot: watch::Receiver<Arc<VmSnapshot>>,
}

impl VmHandle {
    pub(super) fn new(address: Addr<VmActor>, snapshot: watch::Receiver<Arc<VmSnapshot>>) -> Self {
        Self { address, snapshot }
    }

    /// The VM as of now. Does not enter the mailbox.
    pub fn snapshot(&self) -> Arc<VmSnapshot> {
        Arc::clone(&self.snapshot.borrow())
    }

    /// Follows the VM; ends when it is deleted or its actor died.
    pub fn watch(&self) -> watch::Receiver<Arc<VmSnapshot>> {
        self.snapshot.clone()
    }

    /// How its agent is reached.
    ///
    /// # Errors
    /// When it does not run.
    pub fn guest(&self) -> Result<GuestChannel, Problem> {
        let snapshot = self.snapshot();
        let name = &snapshot.vm.name;
        match (&snapshot.channel, snapshot.vm.state) {
            (Some(channel), _) => Ok(channel.clone()),
            (None, VmState::Stopped) => Err(Problem::new(
                ErrorCode::VmWrongState,
                format!("the VM {name:?} is stopped"),
            )
            .with_hint(format!("start it: `banger vm start {name}`"))),
            (
                None,
                state @ (VmState::Creating
                | VmState::Starting
                | VmState::Running
                | VmState::Stopping
                | VmState::Deleting),
            ) => {
                let state = format!("{state:?}").to_lowercase();
                let detail = format!("the VM {name:?} is {state}, not running");
                Err(Problem::new(ErrorCode::VmWrongState, detail))
            }
        }
    }

    /// Creates it. Legal once, first.
    ///
    /// # Errors
    /// When it exists already.
    pub async fn create(
        &self,
        start: bool,
        wait_for: WaitFor,
    ) -> Result<watch::Receiver<Operation>, Problem> {
        self.command(Command::Create { start }, OperationKind::CreateVm, wait_for)
            .await
    }

    /// Starts it.
    ///
    /// # Errors
    /// When its state does not allow it.
    pub async fn start(&self, wait_for: WaitFor) -> Result<watch::Receiver<Operation>, Problem> {
        self.command(Command::Start, OperationKind::StartVm, wait_for)
            .await
    }

    /// Stops it.
    ///
    /// # Errors
    /// When its state does not allow it.
    pub async fn stop(&self) -> Result<watch::Receiver<Operation>, Problem> {
        self.command(Command::Stop, OperationKind::StopVm, WaitFor::Agent)
            .await
    }

    /// Stops and starts it.
    ///
    /// # Errors
    /// When its state does not allow it.
    pub async fn restart(&self, wait_for: WaitFor) -> Result<watch::Receiver<Operation>, Problem> {
        self.command(Command::Restart, OperationKind::RestartVm, wait_for)
            .await
    }

    /// Deletes it.
    ///
    /// # Errors
    /// When it runs and is not forced to end.
    pub async fn delete(&self, force: bool) -> Result<watch::Receiver<Operation>, Problem> {
        self.command(
            Command::Delete { force },
            OperationKind::DeleteVm,
            WaitFor::Agent,
        )
        .await
    }

    /// Sends its VMM a signal.
    ///
    /// # Errors
    /// When nothing runs: also early in a start, when its VMM does not run yet.
    pub async fn signal(&self, number: i32) -> Result<(), Problem> {
        self.address
            .send(Signal(number))
            .await
            .map_err(|_| gone())?
    }

    async fn command(
        &self,
        command: Command,
        kind: OperationKind,
        wait_for: WaitFor,
    ) -> Result<watch::Receiver<Operation>, Problem> {
        self.address
            .send(Do {
                command,
                kind,
                wait_for,
            })
            .await
            .map_err(|_| gone())?
    }
}

fn gone() -> Problem {
    Problem::new(ErrorCode::VmNotFound, "the VM is gone")
}
