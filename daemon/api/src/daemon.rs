//! The daemon's status and its doctor.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// The daemon's version.
    pub version: String,
    /// The version of this API.
    pub api_version: String,
    /// The daemon's process id.
    pub pid: u32,
    /// Since when it runs.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// The socket that it answers on.
    pub socket: String,
    /// Where VMs, images and kernels are kept.
    pub state_dir: String,
    /// Where it writes its log.
    pub log_file: String,
    /// How much it logs.
    pub log_level: LogLevel,
    /// How VMs are run, in a line.
    pub vmm: String,
    /// VMs that exist.
    pub vms: u64,
    /// VMs that run.
    pub vms_running: u64,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Failures.
    Error,
    /// And what is odd.
    Warn,
    /// And what happens.
    #[default]
    Info,
    /// And how.
    Debug,
    /// And everything else.
    Trace,
}

/// What `doctor` found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DoctorReport {
    /// Whether VMs can run: no check failed.
    pub ok: bool,
    /// The checks, in the order in which they matter.
    pub checks: Vec<Check>,
    /// What a VM gets when its creator says nothing.
    pub vm_defaults: VmDefaults,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// What came out.
    pub result: CheckResult,
    /// What was found.
    pub detail: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What came out of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// As it should be.
    Ok,
    /// VMs run, with a drawback.
    Warning,
    /// VMs cannot run.
    Failed,
}

/// What a VM gets when its creator says nothing, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VmDefaults {
    /// Processors.
    pub vcpus: u16,
    /// Where that number comes from.
    pub vcpus_from: DefaultSource,
    /// Memory, in MiB.
    pub memory_mib: u32,
    /// Where that number comes from.
    pub memory_from: DefaultSource,
    /// The disk's size, in MiB.
    pub disk_mib: u64,
    /// Where that number comes from.
    pub disk_from: DefaultSource,
    /// The image.
    pub image: String,
    /// The kernel.
    pub kernel: String,
}

/// Where a default comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DefaultSource {
    /// The environment or config.toml.
    Config,
    /// The host's size.
    Host,
    /// Built in.
    Constant,
}

/// Stops the daemon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StopDaemon {
    /// Whether running VMs are stopped too; they go on otherwise, and the next daemon finds
    /// them.
    #[serde(default)]
    pub stop_vms: bool,
}
