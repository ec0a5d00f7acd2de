//! What a machine is to be, what is stored of it, and a running one.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{GuestChannel, GuestListener, VmmError};

/// Which VMM runs a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VmmKind {
    /// QEMU `microvm` with KVM.
    QemuKvm,
    /// QEMU `microvm`, all in software.
    QemuTcg,
}

/// A machine to start.
#[derive(Clone, Debug)]
pub struct MachineSpec {
    /// The VM's id; part of the process's name.
    pub id: String,
    /// A directory of the machine's own for sockets: it exists, is empty, is short enough
    /// for a socket's name, and belongs to `run_as`. Every process of the machine names it
    /// in its arguments, so that strays can be found by it.
    pub runtime_dir: PathBuf,
    /// The ELF vmlinux.
    pub kernel: PathBuf,
    /// The initramfs, a newc archive.
    pub initramfs: PathBuf,
    /// Processors, at least 1.
    pub vcpus: u16,
    /// Memory, in MiB.
    pub memory_mib: u32,
    /// Disks, in the order in which the guest sees them.
    pub disks: Vec<Disk>,
    /// The network card; none where absent.
    pub network: Option<NetworkAttachment>,
    /// Where the serial console is appended.
    pub console_log: PathBuf,
    /// Where the VMM's own output is appended.
    pub vmm_log: PathBuf,
    /// The user and group id of the VMM's processes; the daemon's own where absent.
    pub run_as: Option<u32>,
}

/// A disk of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// What it is for; its virtio-blk serial is [`DiskRole::serial`].
    pub role: DiskRole,
    /// A raw image.
    pub path: PathBuf,
    /// Whether the guest may only read it.
    pub read_only: bool,
}

/// What a disk is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DiskRole {
    /// The shared root file system.
    Image,
    /// The VM's own layer over it.
    System,
    /// /root.
    Home,
    /// The kernel's modules, shared by all VMs that boot it.
    Modules,
}

impl DiskRole {
    /// The virtio-blk serial by which the guest finds the disk.
    pub fn serial(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::System => "system",
            Self::Home => "home",
            Self::Modules => "modules",
        }
    }
}

/// What the network card is attached to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkAttachment {
    /// The VMM's user-mode network: outgoing connections only, no privileges. The guest is
    /// 10.0.2.15/24, its gateway 10.0.2.2, its resolver 10.0.2.3.
    UserMode,
}

/// What is stored of a running machine, to find it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineRecord {
    /// Which VMM runs it.
    pub vmm: VmmKind,
    /// The VMM itself.
    pub process: ProcessRecord,
    /// Processes that serve it, such as the vsock device, and end with it.
    pub helpers: Vec<ProcessRecord>,
    /// [`MachineSpec::runtime_dir`].
    pub runtime_dir: PathBuf,
}

/// A process, told apart from a later one with the same pid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProcessRecord {
    /// Its pid.
    pub pid: i32,
    /// Its start time in clock ticks since boot (field 22 of /proc/pid/stat, proc(5)).
    pub start_time: u64,
}

/// Why a machine ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExitReason {
    /// The guest powered off.
    PoweredOff,
    /// The guest asked for a reset, or its kernel panicked into one.
    Rebooted,
    /// The VMM was told to end, by its control socket or a signal.
    Terminated,
    /// The VMM failed or was killed; what is known of it.
    Failed(String),
}

/// A running machine. Dropping it leaves the machine alone.
#[async_trait::async_trait]
pub trait Machine: Send + Sync {
    /// What to store of it.
    fn record(&self) -> MachineRecord;

    /// Where the guest dials the host: listens for connections to the host's vsock `port`.
    /// Listen before the guest can dial; for a machine being started,
    /// [`crate::Vmm::start`] has done it for the hello port and this hands it out.
    ///
    /// # Errors
    /// When the socket cannot be made.
    fn hello_listener(&self) -> Result<GuestListener, VmmError>;

    /// How the host dials the guest.
    fn channel(&self) -> GuestChannel;

    /// Ends when the machine has: its processes are gone and its sockets removed. May be
    /// called any number of times.
    async fn wait(&self) -> ExitReason;

    /// Sends a signal to the VMM's process. `SIGKILL` is a power cut.
    ///
    /// # Errors
    /// When the process is gone or not ours.
    fn signal(&self, signal: i32) -> Result<(), VmmError>;

    /// Something that changes as long as the guest does anything new: console bytes, disk
    /// requests, what its processors do. Two equal values far apart tell a hung boot from a
    /// slow one; see [`crate::watchdog`].
    ///
    /// # Errors
    /// When the VMM does not answer.
    async fn progress(&self) -> Result<u64, VmmError>;
}
