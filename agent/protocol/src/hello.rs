//! The conversation that makes a guest ready.

use serde::{Deserialize, Serialize};

use crate::config::GuestConfig;

/// The first message, from the guest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`crate::VERSION`] of the agent.
    pub protocol: u32,
    /// The agent's own version, for logs.
    pub agent_version: String,
    /// The release of the running kernel (`uname -r`).
    pub kernel_release: String,
}

/// The answer, from the host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum HelloReply {
    /// What the guest is to become.
    Configure {
        /// All of its settings.
        config: Box<GuestConfig>,
    },
    /// The versions do not go together; the guest powers off.
    Incompatible {
        /// What the host speaks.
        protocol: u32,
    },
}

/// The last message, from the guest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum HelloOutcome {
    /// The configuration is applied and a command can run.
    Ready {
        /// Guest uptime when the configuration was applied, in milliseconds.
        uptime_ms: u64,
        /// What process 1 will be: the path of the image's init, or nothing where the agent
        /// remains process 1.
        init: Option<String>,
    },
    /// A step failed; the guest powers off.
    Failed {
        /// The step, such as `mount the image`.
        step: String,
        /// What the system said.
        message: String,
    },
}
