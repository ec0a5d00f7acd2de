//! All that can go wrong in a command: what the user is told, and how banger ends.

use std::{io, path::PathBuf};

use banger_api::ErrorCode;
use banger_client::ClientError;
use banger_config::ConfigError;

use crate::{
    connect::ConnectError,
    copy::CopyError,
    exit_status::{ExitStatus, Purpose},
    workspace::WorkspaceError,
};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The settings cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No daemon answers, and none could be started.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The daemon refused, failed, or went away.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The connection to a guest's command broke. The daemon ends the command, too, unless it
    /// was to be left.
    #[error("the connection to the command broke: {}", cause(.0))]
    CommandLost(ClientError),
    /// A shell was wanted, and the image has none.
    #[error("the image {image} has no shell")]
    NoShell {
        /// Its name.
        image: String,
    },
    /// The workspace cannot be sent.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// Files cannot be copied.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// A file of this host cannot be used.
    #[error("{}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The command line is well-formed and makes no sense.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to write.
        hint: Option<String>,
    },
    /// This terminal cannot be used, or signals not be heard.
    #[error("the terminal cannot be used: {0}")]
    Terminal(io::Error),
    /// Our output cannot be written.
    #[error("the output cannot be written: {0}")]
    Output(io::Error),
    /// A signal asked us to end. All is said that is to be said.
    #[error("interrupted")]
    Interrupted {
        /// Its number.
        signal: i32,
    },
    /// Some of several failed; each was told of.
    #[error("{failed} of {all} failed")]
    Several {
        /// How many.
        failed: usize,
        /// Of how many.
        all: usize,
    },
}

impl CliError {
    /// A use that makes no sense.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// The daemon's code, where it was the daemon that failed.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Client(error) => error.code(),
            _ => None,
        }
    }

    /// Whether nothing is left to be told.
    pub fn is_told(&self) -> bool {
        match self {
            Self::Interrupted { .. } | Self::Several { .. } => true,
            Self::Output(source) => source.kind() == io::ErrorKind::BrokenPipe,
            _ => false,
        }
    }

    /// What to do about it: what to type next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Client(error) => client_hint(error),
            Self::Connect(error) => error.hint(),
            Self::Workspace(error) => error.hint(),
            Self::Copy(error) => error.hint(),
            Self::Usage { hint, .. } => hint.clone(),
            Self::NoShell { image } => Some(format!(
                "name a program of it: banger vm run --image {image} -- PROGRAM"
            )),
            Self::CommandLost(_) => {
                Some("see what the daemon said last: banger daemon logs --tail 20".to_owned())
            }
            Self::Config(_)
            | Self::File { .. }
            | Self::Terminal(_)
            | Self::Output(_)
            | Self::Interrupted { .. }
            | Self::Several { .. } => None,
        }
    }

    /// How banger ends.
    pub fn exit_status(&self, purpose: Purpose) -> ExitStatus {
        match self {
            Self::Usage { .. } | Self::Copy(CopyError::Places(_)) => ExitStatus::Usage,
            Self::Interrupted { signal } => ExitStatus::Signal(*signal),
            Self::NoShell { .. } => ExitStatus::NotFound,
            Self::Output(source) if source.kind() == io::ErrorKind::BrokenPipe => {
                ExitStatus::BROKEN_PIPE
            }
            Self::Client(error) => match error.code() {
                Some(code) => ExitStatus::of_problem(code, purpose),
                None => ExitStatus::of_failure(purpose),
            },
            Self::Config(_)
            | Self::Connect(_)
            | Self::CommandLost(_)
            | Self::Workspace(_)
            | Self::Copy(_)
            | Self::File { .. }
            | Self::Terminal(_)
            | Self::Output(_)
            | Self::Several { .. } => ExitStatus::of_failure(purpose),
        }
    }
}

/// The bare cause: that it broke is said already.
fn cause(error: &ClientError) -> String {
    match error {
        ClientError::Disconnected(text) | ClientError::Protocol(text) => text.clone(),
        error => error.to_string(),
    }
}

fn client_hint(error: &ClientError) -> Option<String> {
    match error {
        ClientError::Problem(problem) => problem
            .hint
            .clone()
            .or_else(|| code_hint(problem.code).map(str::to_owned)),
        ClientError::NotRunning { .. } => Some("start it: banger daemon start".to_owned()),
        ClientError::Disconnected(_) => {
            Some("see what it said last: banger daemon logs --tail 20".to_owned())
        }
        ClientError::Protocol(_) => {
            Some("compare: banger --version; banger daemon status".to_owned())
        }
        ClientError::Upload(_) => None,
        ClientError::PermissionDenied { .. }
        | ClientError::NotOurs { .. }
        | ClientError::Socket { .. } => {
            Some("another socket can be named: BANGER_SOCKET=PATH banger ...".to_owned())
        }
    }
}

/// Where the daemon has no hint: it does not know what its user types.
fn code_hint(code: ErrorCode) -> Option<&'static str> {
    match code {
        ErrorCode::VmNotFound => Some("list them: banger vm list"),
        ErrorCode::ImageNotFound => Some("list them: banger image list"),
        ErrorCode::KernelNotFound => Some("list them: banger kernel list"),
        ErrorCode::OperationNotFound => Some("list them: banger operation list"),
        ErrorCode::VmmFailed => Some("find out what is missing: banger doctor"),
        ErrorCode::Internal => Some("see what it said: banger daemon logs --tail 20"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use banger_api::Problem;

    #[test]
    fn what_the_daemon_advises_comes_first() {
        let problem = Problem::new(ErrorCode::VmNotFound, "no VM bx");
        let error = CliError::from(ClientError::from(problem.clone()));
        assert_eq!(error.hint().unwrap(), "list them: banger vm list");
        let error = CliError::from(ClientError::from(problem.with_hint("did you mean box?")));
        assert_eq!(error.hint().unwrap(), "did you mean box?");
    }

    #[test]
    fn a_broken_pipe_is_quiet_and_a_full_disk_is_not() {
        let pipe = CliError::Output(io::ErrorKind::BrokenPipe.into());
        assert!(pipe.is_told());
        assert_eq!(pipe.exit_status(Purpose::Manages).code(), 141);
        let full = CliError::Output(io::ErrorKind::StorageFull.into());
        assert!(!full.is_told());
        assert_eq!(full.exit_status(Purpose::Manages).code(), 1);
        assert_eq!(full.exit_status(Purpose::Runs).code(), 125);
    }
}
