//! Running commands in a VM.
//!
//! Two doors to the same thing:
//!
//! * `POST /v1/vms/{vm}/exec` answers with server-sent [`ExecOutput`] events: enough for
//!   curl and scripts.
//! * `GET /v1/vms/{vm}/exec/attach` upgrades to a WebSocket: input, terminal, signals. The
//!   client's first message is an [`ExecRequest`] as text. Then binary messages carry bytes
//!   after one byte that names the stream ([`STDIN`], [`STDOUT`], [`STDERR`]), text messages
//!   carry [`ExecInput`] and [`ExecStatus`] as JSON. An empty `STDIN` message is the end of
//!   input. The last message of the server is an `exited` or `failed` [`ExecStatus`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Problem;

/// The first byte of a binary message with standard input.
pub const STDIN: u8 = 0;
/// The first byte of a binary message with standard output.
pub const STDOUT: u8 = 1;
/// The first byte of a binary message with standard error.
pub const STDERR: u8 = 2;
/// How many bytes of input a WebSocket's client may have under way before it waits for
/// [`ExecStatus::StdinTaken`].
pub const STDIN_WINDOW: u64 = 256 * 1024;

/// What to run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecRequest {
    /// The program and its arguments; the program is looked up in PATH. Where it is empty,
    /// what the image says: its entrypoint and cmd.
    #[serde(default)]
    pub command: Vec<String>,
    /// Variables set over the image's, and those over the user's login environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Where it runs; where absent what the image says, else the user's home.
    #[serde(default)]
    pub working_dir: Option<String>,
    /// A user of the guest by name or number, with `:group` where wanted; where absent what
    /// the image says, else root.
    #[serde(default)]
    pub user: Option<String>,
    /// With `POST`: text given to its standard input. It reads /dev/null where absent.
    #[serde(default)]
    pub input: Option<String>,
    /// With the WebSocket: whether `STDIN` messages will follow.
    #[serde(default)]
    pub stdin: bool,
    /// A terminal of that size instead of pipes; all output is then standard output.
    #[serde(default)]
    pub terminal: Option<TerminalSize>,
    /// After how many milliseconds the command is killed.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub timeout_ms: Option<u64>,
    /// What becomes of it when the client goes away.
    #[serde(default)]
    pub on_disconnect: OnDisconnect,
}

/// A terminal's size in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TerminalSize {
    /// Lines.
    #[schema(maximum = 65535)]
    pub rows: u16,
    /// Characters in a line.
    #[schema(maximum = 65535)]
    pub columns: u16,
}

/// What becomes of a command whose client went away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnDisconnect {
    /// It is killed.
    #[default]
    Kill,
    /// It goes on; its output is discarded.
    Leave,
}

/// The `data` of one server-sent event of `POST /v1/vms/{vm}/exec`; the event's name is its
/// `type`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ExecOutput {
    /// It runs.
    Started {
        /// Its process id in the guest.
        pid: u32,
    },
    /// Standard output.
    Stdout {
        /// As text, where the bytes are UTF-8.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// In base64, where they are not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        base64: Option<String>,
    },
    /// Standard error.
    Stderr {
        /// As text, where the bytes are UTF-8.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// In base64, where they are not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        base64: Option<String>,
    },
    /// It ended; always the last event of a command that started.
    Exited {
        /// Its exit code; 128 + the signal's number where a signal ended it.
        code: i32,
        /// The signal that ended it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signal: Option<i32>,
        /// Whether the time limit ended it.
        timed_out: bool,
    },
    /// It never started, or the guest went away; always the last event.
    Failed {
        /// Why.
        problem: Problem,
    },
}

/// What a WebSocket's client says in text messages after the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ExecInput {
    /// Sends a signal to the command's process group.
    Signal {
        /// The number, as in signal(7).
        number: i32,
    },
    /// Changes the terminal's size.
    Resize {
        /// The new size.
        size: TerminalSize,
    },
}

/// What a WebSocket's server says in text messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ExecStatus {
    /// It runs.
    Started {
        /// Its process id in the guest.
        pid: u32,
    },
    /// That many bytes of input were taken; at most [`STDIN_WINDOW`] may be under way. A
    /// client that sends much more is no longer read until some are taken, signals included.
    StdinTaken {
        /// The number of bytes.
        bytes: u64,
    },
    /// It ended.
    Exited {
        /// Its exit code; 128 + the signal's number where a signal ended it.
        code: i32,
        /// The signal that ended it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signal: Option<i32>,
        /// Whether the time limit ended it.
        timed_out: bool,
    },
    /// It never started, or the guest went away.
    Failed {
        /// Why.
        problem: Problem,
    },
}
