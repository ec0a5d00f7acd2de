//! VMs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A VM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Vm {
    /// Its id: 12 hexadecimal digits; an unambiguous prefix will do everywhere.
    pub id: String,
    /// Its name, a DNS label; unique.
    pub name: String,
    /// What it does.
    pub state: VmState,
    /// Why it is in this state, where that is not plain: what failed, or how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Counts up with every change.
    pub generation: u64,
    /// The image, as it was asked for.
    pub image: String,
    /// The image's id; absent until it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_id: Option<String>,
    /// The kernel, as it was asked for.
    pub kernel: String,
    /// The kernel's id; absent until it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel_id: Option<String>,
    /// Processors.
    pub vcpus: u16,
    /// Memory, in MiB.
    pub memory_mib: u32,
    /// The size of the system disk, and of the one at /root, in MiB. While its image is being
    /// fetched it can change: the image may say.
    pub disk_mib: u64,
    /// The network.
    pub network: Network,
    /// How it runs; absent while it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accelerator: Option<VmAccelerator>,
    /// The VMM's process id; absent while it does not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vmm_pid: Option<i32>,
    /// How the last boot went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<BootReport>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it became ready; absent while it does not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
}

/// What a VM does.
///
/// ```text
/// creating -> starting -> running -> stopping -> stopped -> starting
///                  \-> stopped (with a reason)      \-> deleting
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VmState {
    /// Its disks are being made.
    Creating,
    /// It boots.
    Starting,
    /// Its agent can run commands.
    Running,
    /// It shuts down.
    Stopping,
    /// Its disks are kept, nothing runs.
    Stopped,
    /// It is being removed.
    Deleting,
}

/// What a VM's network card is attached to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// Outgoing connections through the VMM's own network; needs no privileges.
    #[default]
    User,
    /// No card.
    None,
}

/// How a VM runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VmAccelerator {
    /// By the processor.
    Kvm,
    /// In software: slow.
    Tcg,
}

/// How a boot went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BootReport {
    /// From the start of the VMM until the agent was ready, in milliseconds.
    pub ready_ms: u64,
    /// The guest's own uptime then, in milliseconds.
    pub guest_uptime_ms: u64,
    /// How many times it was started; 2 when the first boot hung.
    pub attempts: u32,
}

/// The VMs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VmList {
    /// The oldest first.
    pub vms: Vec<Vm>,
}

/// Makes a VM.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateVm {
    /// Its name; generated where absent.
    #[serde(default)]
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length = 63)]
    pub name: Option<String>,
    /// The image: a name, an id, or a registry's reference; the default one where absent.
    #[serde(default)]
    pub image: Option<String>,
    /// The kernel; the default one where absent.
    #[serde(default)]
    pub kernel: Option<String>,
    /// Processors, 1 to 32.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 32)]
    pub vcpus: Option<u16>,
    /// Memory, in MiB, at least 64.
    #[serde(default)]
    #[schema(minimum = 64, maximum = 1_048_576)]
    pub memory_mib: Option<u32>,
    /// The size of the system disk, and of the one at /root, in MiB, at least 64; where
    /// absent, the image says. Both are sparse: they take what is written to them.
    #[serde(default)]
    #[schema(minimum = 64, maximum = 16_777_216)]
    pub disk_mib: Option<u64>,
    /// The network.
    #[serde(default)]
    pub network: Network,
    /// Lines for root's authorized_keys, in OpenSSH's format.
    #[serde(default)]
    pub authorized_keys: Vec<String>,
    /// Whether it is made only, and not started.
    #[serde(default)]
    pub stopped: bool,
    /// When the image or kernel is fetched.
    #[serde(default)]
    pub pull: PullPolicy,
    /// What is waited for before the operation succeeds.
    #[serde(default)]
    pub wait_for: WaitFor,
    /// Whether the VM is deleted as soon as it stops.
    #[serde(default)]
    pub delete_when_stopped: bool,
}

/// When an image or kernel of the catalog is fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PullPolicy {
    /// When it is not there.
    #[default]
    Missing,
    /// Never.
    Never,
}

/// When a VM counts as started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitFor {
    /// When its agent can run a command.
    #[default]
    Agent,
    /// When its init has started all services.
    System,
}

/// Sends a signal to the VMM of a VM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KillVm {
    /// A name such as `KILL` or `TERM`; KILL where absent.
    #[serde(default = "kill_signal")]
    #[schema(default = "KILL")]
    pub signal: String,
}

fn kill_signal() -> String {
    "KILL".to_owned()
}

/// What a running guest tells of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GuestFacts {
    /// Since boot, in milliseconds.
    pub uptime_ms: u64,
    /// Runnable processes, averaged over 1, 5 and 15 minutes.
    pub load_average: Vec<f64>,
    /// All memory, in bytes.
    pub memory_total: u64,
    /// Memory that new programs could have, in bytes.
    pub memory_available: u64,
    /// The mounted disks.
    pub disks: Vec<GuestDisk>,
    /// `uname -r`.
    pub kernel_release: String,
    /// The distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
}

/// A mounted disk of a guest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GuestDisk {
    /// Where it is mounted.
    pub mount_point: String,
    /// In bytes.
    pub total: u64,
    /// What could still be written, in bytes.
    pub available: u64,
}

/// What was unpacked in a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FilesWritten {
    /// Files, directories and links.
    pub entries: u64,
    /// Bytes of contents.
    pub bytes: u64,
}
