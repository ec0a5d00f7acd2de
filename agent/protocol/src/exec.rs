//! Running a command.
//!
//! ```text
//! host                                  guest
//!   │ Request::Exec                      │
//!   │───────────────────────────────────>│
//!   │           ExecEvent::Started {pid} │  or Reply::Error (not found, not executable)
//!   │<───────────────────────────────────│
//!   │ Stdin frames, an empty one: EOF    │  at most STDIN_WINDOW bytes unacknowledged
//!   │ ExecInput (signal, resize)         │
//!   │───────────────────────────────────>│
//!   │  Stdout, Stderr frames, StdinTaken │
//!   │<───────────────────────────────────│
//!   │                  ExecEvent::Exited │  always the last frame
//!   │<───────────────────────────────────│
//! ```
//!
//! The command runs in a session of its own. `Exited` comes when the command itself has
//! ended and what it had written is sent: not when its children close its pipes, and
//! whether or not its input is at its end.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How many bytes of standard input may be under way, so that a command that does not read
/// cannot hold up signals.
pub const STDIN_WINDOW: u64 = 256 * 1024;

/// What to run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecRequest {
    /// The program and its arguments; the program is looked up in PATH.
    pub command: Vec<String>,
    /// Variables set over the user's login environment.
    pub env: BTreeMap<String, String>,
    /// Where it runs; the user's home where absent.
    pub working_dir: Option<String>,
    /// A name or number from the guest's /etc/passwd, with `:group` where wanted; root where
    /// absent.
    pub user: Option<String>,
    /// Whether `Stdin` frames will follow. Where not, it reads /dev/null.
    pub stdin: bool,
    /// A terminal of that size instead of three pipes; all output is then `Stdout`.
    pub terminal: Option<TerminalSize>,
    /// After how many milliseconds the command and its session are killed.
    pub timeout_ms: Option<u64>,
    /// What happens to it when the connection breaks.
    pub on_disconnect: OnDisconnect,
}

/// A terminal's size in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalSize {
    /// Lines.
    pub rows: u16,
    /// Characters in a line.
    pub columns: u16,
}

/// What becomes of a command whose client went away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDisconnect {
    /// Its session gets SIGHUP, then SIGKILL.
    #[default]
    Kill,
    /// It goes on; its output is discarded, its input is at its end.
    Leave,
}

/// What the host says while a command runs, beside `Stdin` frames.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ExecInput {
    /// Sends a signal to the command's process group.
    Signal {
        /// The number, as in signal(7).
        number: i32,
    },
    /// Changes the terminal's size; ignored where there is none.
    Resize {
        /// The new size.
        size: TerminalSize,
    },
}

/// What the guest says while a command runs, beside `Stdout` and `Stderr` frames.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ExecEvent {
    /// It runs.
    Started {
        /// Its process id in the guest.
        pid: u32,
    },
    /// That many more bytes of input were taken and may be sent anew.
    StdinTaken {
        /// The number of bytes.
        bytes: u64,
    },
    /// It ended, and all that it wrote was sent.
    Exited {
        /// How.
        status: ExitStatus,
    },
    /// It never started.
    Failed {
        /// Why: `NotFound` tells 127 apart from 126.
        error: crate::request::AgentError,
    },
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitStatus {
    /// Its exit code; 128 + the signal's number where a signal ended it.
    pub code: i32,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Whether the time limit ended it.
    pub timed_out: bool,
}
