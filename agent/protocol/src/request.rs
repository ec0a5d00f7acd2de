//! Requests of the host and their outcomes.

use serde::{Deserialize, Serialize};

use crate::{
    config::GuestConfig,
    exec::ExecRequest,
    facts::{Facts, Health},
    files::{GetFiles, PutFiles, PutFilesDone},
};

/// The first frame of a conversation on [`crate::AGENT_PORT`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Request {
    /// Is anybody there? Answered by [`Reply::Health`].
    Health,
    /// Answered by [`Reply::Facts`].
    Facts,
    /// Runs a command; see [`crate::exec`] for the frames that follow.
    Exec(ExecRequest),
    /// A tar stream in `Data` frames follows, ended by an empty one, with at most
    /// [`crate::files::PUT_WINDOW`] bytes that no [`Reply::Taken`] has told of. Answered by
    /// [`Reply::PutFiles`] once all of it is written.
    PutFiles(PutFiles),
    /// Answered by a tar stream in `Data` frames, ended by an empty one and [`Reply::Done`];
    /// or by an error, which may come in the middle of the stream.
    GetFiles(GetFiles),
    /// Answered as [`Request::GetFiles`], by the whole system as an image: `/` and `/root`,
    /// without what else is mounted and without what makes this machine unlike all others.
    GetSystem,
    /// Answered by [`Reply::Done`] when the image's init reports that the system is up, at
    /// once where there is no init to ask.
    WaitForSystem,
    /// Applies settings again, after a snapshot restore. Answered by [`Reply::Done`].
    Configure {
        /// The new settings; disks are ignored.
        config: Box<GuestConfig>,
    },
    /// Powers off through the image's init where there is one. Answered by [`Reply::Done`]
    /// when it has begun.
    Shutdown,
}

/// How a conversation ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Reply {
    /// It worked and there is nothing to say.
    Done,
    /// See [`Request::Health`].
    Health(Health),
    /// See [`Request::Facts`].
    Facts(Facts),
    /// That many more bytes of a stream were taken and may be sent anew; see
    /// [`Request::PutFiles`].
    Taken {
        /// Since the last time.
        bytes: u64,
    },
    /// See [`Request::PutFiles`].
    PutFiles(PutFilesDone),
    /// It did not work.
    Error(AgentError),
}

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct AgentError {
    /// For programs.
    pub code: AgentErrorCode,
    /// For people: what was asked, where it failed, what the system said.
    pub message: String,
}

/// Why a request failed, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentErrorCode {
    /// The request made no sense to the agent.
    BadRequest,
    /// A file, a directory or a command that does not exist.
    NotFound,
    /// The user or group that a command was to run as does not exist. Agents built before this
    /// was known say `NotFound`.
    NoUser,
    /// The command exists and cannot be executed.
    NotExecutable,
    /// The directory that a command was to start in does not exist, or is none.
    NoWorkingDir,
    /// The guest's kernel denied it.
    PermissionDenied,
    /// A disk of the guest is full.
    NoSpace,
    /// A tar stream that is malformed, or names what lies outside its destination.
    BadArchive,
    /// Everything else.
    Failed,
}
