//! The state of a VM, and the record that is stored.

use banger_api::{BootReport, Network, PullPolicy};
use banger_store::Record;
use banger_vmm::MachineRecord;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a VM does, and what comes after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Just recorded, nothing of it exists.
    New,
    /// Image, kernel and disks are being prepared.
    Creating {
        /// Whether it is started then.
        start: bool,
    },
    /// The VMM runs, the guest is not ready.
    Starting,
    /// The guest is ready.
    Running,
    /// The machine is being ended.
    Stopping {
        /// What comes then.
        next: Next,
    },
    /// Nothing runs.
    Stopped,
    /// Its files are being removed.
    Deleting,
    /// Nothing of it exists any more.
    Gone,
}

/// What comes after a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Rest,
    /// A start.
    Start,
    /// The deletion.
    Delete,
}

/// What is stored of a VM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VmRecord {
    /// Its id, the key of the record.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The image's name.
    pub image: String,
    /// The kernel's name.
    pub kernel: String,
    /// The image's id, once it has been taken: the name may go to another meanwhile.
    #[serde(default)]
    pub image_id: Option<String>,
    /// The kernel's id, likewise.
    #[serde(default)]
    pub kernel_id: Option<String>,
    /// Processors.
    pub vcpus: u16,
    /// Memory, in MiB.
    pub memory_mib: u32,
    /// The size of each of its disks, in MiB.
    pub disk_mib: u64,
    /// Whether nobody asked for that: then the image says, once it is there.
    #[serde(default)]
    pub disk_of_image: bool,
    /// The network.
    pub network: Network,
    /// Lines for root's authorized_keys.
    pub authorized_keys: Vec<String>,
    /// Tells it apart from all other VMs that exist now: its VMM's user id is the base's
    /// plus this.
    pub slot: u32,
    /// Whether it is deleted as soon as it stops.
    pub delete_when_stopped: bool,
    /// Whether only the daemon that made it needs it: what a restart finds, it removes.
    #[serde(default)]
    pub transient: bool,
    /// Whether its creation is not complete: what a restart finds so, it removes.
    pub provisional: bool,
    /// When its image and kernel are fetched; only its creation asks.
    pub pull: PullPolicy,
    /// What it did when this was written.
    pub phase: Phase,
    /// Its machine, while there is one.
    pub machine: Option<MachineRecord>,
    /// How the last boot went.
    pub boot: Option<BootReport>,
    /// Why it is stopped.
    pub reason: Option<String>,
    /// Counts up with every change.
    pub generation: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it became ready, while it runs.
    pub started_at: Option<Timestamp>,
}

impl Record for VmRecord {
    const TREE: &'static str = "vms";
    const VERSION: u16 = 1;
}

impl VmRecord {
    /// What the shelf knows the image by.
    pub fn image_key(&self) -> &str {
        self.image_id.as_deref().unwrap_or(&self.image)
    }

    /// What the shelf knows the kernel by.
    pub fn kernel_key(&self) -> &str {
        self.kernel_id.as_deref().unwrap_or(&self.kernel)
    }

    /// The record of a VM of which a new daemon found nothing running.
    #[must_use]
    pub fn found_stopped(mut self) -> Self {
        if self.phase != Phase::Stopped {
            self.reason = Some("its machine ended while no daemon watched".to_owned());
        }
        self.phase = Phase::Stopped;
        self.machine = None;
        self.started_at = None;
        self
    }
}

/// What a VM did when its record was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// See [`State::Creating`].
    Creating,
    /// See [`State::Starting`].
    Starting,
    /// See [`State::Running`].
    Running,
    /// See [`State::Stopping`].
    Stopping,
    /// See [`State::Stopped`].
    Stopped,
    /// See [`State::Deleting`].
    Deleting,
}

impl State {
    /// What is stored of it.
    pub fn phase(self) -> Phase {
        match self {
            Self::New | Self::Creating { .. } => Phase::Creating,
            Self::Starting => Phase::Starting,
            Self::Running => Phase::Running,
            Self::Stopping { .. } => Phase::Stopping,
            Self::Stopped => Phase::Stopped,
            Self::Deleting | Self::Gone => Phase::Deleting,
        }
    }
}
