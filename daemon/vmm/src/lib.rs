//! The virtual machine monitors: one trait, a backend for each.
//!
//! A machine outlives the daemon: it is processes of their own in sessions of their own,
//! described by a [`MachineRecord`] that the daemon stores and later hands to
//! [`Vmm::adopt`].
//!
//! | file | role |
//! |---|---|
//! | `machine.rs` | what a machine is to be, what is stored of it, and a running one |
//! | `channel.rs` | byte streams between host and guest |
//! | `error.rs` | why a VMM failed |
//! | `process.rs` | processes found again by pid and start time, awaited by pidfd |
//! | `strays.rs` | processes that no record tells of |
//! | `kvm.rs` | whether KVM is usable, which is more than whether /dev/kvm opens |
//! | `tsc.rs` | the pace of the host's time stamp counter, which guests in software are told |
//! | `watchdog.rs` | tells a hung boot from a slow one |
//! | `qemu/` | QEMU's `microvm` machine |
//! | `sys/` | the only unsafe code |

pub mod channel;
pub mod error;
pub mod kvm;
pub mod machine;
pub mod process;
pub mod qemu;
mod strays;
mod sys;
pub mod tsc;
pub mod watchdog;

pub use channel::{GuestChannel, GuestListener};
pub use error::VmmError;
pub use machine::{
    Disk, DiskRole, ExitReason, Machine, MachineRecord, MachineSpec, NetworkAttachment,
    ProcessRecord, VmmKind,
};

/// Starts machines and finds them again.
#[async_trait::async_trait]
pub trait Vmm: Send + Sync {
    /// Which one it is.
    fn kind(&self) -> VmmKind;

    /// Starts a machine. On an error nothing of it is left: no process, no socket.
    ///
    /// # Errors
    /// When the VMM is missing or too old, refuses the machine, or ends at once.
    async fn start(&self, spec: &MachineSpec) -> Result<Box<dyn Machine>, VmmError>;

    /// Finds a machine that an earlier daemon started; nothing where it is gone.
    ///
    /// # Errors
    /// When its processes exist and do not answer.
    async fn adopt(&self, record: &MachineRecord) -> Result<Option<Box<dyn Machine>>, VmmError>;
}
