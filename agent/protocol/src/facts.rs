//! What a guest tells of itself.

use serde::{Deserialize, Serialize};

/// The answer to `Health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// [`crate::VERSION`] of the agent.
    pub protocol: u32,
    /// The agent's own version.
    pub agent_version: String,
    /// Random per boot (`/proc/sys/kernel/random/boot_id`).
    pub boot_id: String,
}

/// The answer to `Facts`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Since boot, in milliseconds.
    pub uptime_ms: u64,
    /// Runnable processes, averaged over 1, 5 and 15 minutes.
    pub load_average: [f64; 3],
    /// All memory, in bytes.
    pub memory_total: u64,
    /// Memory that new programs could have, in bytes (MemAvailable).
    pub memory_available: u64,
    /// The mounted disks.
    pub disks: Vec<DiskFacts>,
    /// `uname -r`.
    pub kernel_release: String,
    /// PRETTY_NAME of /etc/os-release, where there is one.
    pub os: Option<String>,
}

/// One mounted disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskFacts {
    /// Where it is mounted.
    pub mount_point: String,
    /// In bytes.
    pub total: u64,
    /// What an unprivileged program could still write, in bytes.
    pub available: u64,
}
