//! What comes in, and what is done for it.

use crate::vm::state::State;

/// What somebody wants of a VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Legal once, first.
    Create {
        /// Whether it is started then.
        start: bool,
    },
    /// Legal while stopped; nothing to do while running.
    Start,
    /// Legal while starting and running; nothing to do while stopped.
    Stop,
    /// Legal while running and stopped.
    Restart,
    /// Legal while stopped; with force, while starting and running too.
    Delete {
        /// Whether a running VM is ended for it.
        force: bool,
    },
}

/// What became of an effect, or of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Image, kernel and disks are there.
    Prepared,
    /// They are not.
    PrepareFailed,
    /// The guest is ready.
    Booted,
    /// It is not, and no process of it is left.
    BootFailed,
    /// The machine ended.
    Ended {
        /// Whether the guest asked for a reset.
        rebooted: bool,
    },
    /// Nothing of it is left.
    Removed,
    /// Something is.
    RemoveFailed,
    /// The record of a VM whose creation is not complete could not be written.
    NotRecorded,
}

/// What to do beside the change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Prepare image, kernel and disks.
    Prepare,
    /// Start the machine and make the guest ready.
    Boot,
    /// Give up the boot under way.
    AbandonBoot,
    /// End the guest cleanly, then by force.
    PowerOff,
    /// End the machine at once.
    PowerCut,
    /// Remove everything.
    Remove,
    /// The creation is complete.
    Keep,
    /// The operation under way has succeeded.
    Succeed,
    /// It has failed, with what the outcome carries.
    Fail,
}

/// Two facts of the record that decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// [`crate::vm::VmRecord::provisional`].
    pub provisional: bool,
    /// [`crate::vm::VmRecord::delete_when_stopped`].
    pub delete_when_stopped: bool,
}

/// What a command comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It changes the state.
    Accept(State, Vec<Effect>),
    /// It is as wanted already.
    AlreadySo,
    /// The same is under way; wait with the others.
    Join,
    /// The state does not allow it.
    Deny(Denial),
}

/// Why a state does not allow a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// It is being created.
    BeingCreated,
    /// It is being started.
    BeingStarted,
    /// It is being stopped.
    BeingStopped,
    /// It is being deleted.
    BeingDeleted,
    /// It runs, and force was not asked for.
    Running,
    /// It exists already.
    Exists,
}
