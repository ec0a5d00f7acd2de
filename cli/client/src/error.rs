//! All that can go wrong, in one type.

use std::{error::Error as _, io, path::PathBuf};

use banger_api::{ErrorCode, Problem};

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nothing answers on the socket, or there is none.
    #[error("no daemon answers on {}", .socket.display())]
    NotRunning {
        /// The socket's path.
        socket: PathBuf,
    },
    /// The socket's mode keeps this user out.
    #[error("{} belongs to somebody else: its mode keeps you out", .socket.display())]
    PermissionDenied {
        /// The socket's path.
        socket: PathBuf,
    },
    /// Somebody else listens on the socket, who is not root either.
    #[error("user {uid} listens on {}: not speaking to somebody else's daemon", .socket.display())]
    NotOurs {
        /// The socket's path.
        socket: PathBuf,
        /// Who listens.
        uid: u32,
    },
    /// The socket cannot be used otherwise.
    #[error("cannot connect to {}: {source}", .socket.display())]
    Socket {
        /// The socket's path.
        socket: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The daemon refused, or an operation failed or was cancelled: it says why.
    #[error(transparent)]
    Problem(Box<Problem>),
    /// The connection ended, or could not be made, in the middle of it.
    #[error("the daemon went away: {0}")]
    Disconnected(String),
    /// What was to be sent could not be read.
    #[error("cannot read what is sent: {0}")]
    Upload(String),
    /// The daemon said what this client does not understand: they may be of different
    /// versions.
    #[error("not understood: {0}; are the daemon and this program of one version?")]
    Protocol(String),
}

impl ClientError {
    /// The problem that the daemon told of, if it did.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            _ => None,
        }
    }

    /// The problem's code, if the daemon told of one.
    pub fn code(&self) -> Option<ErrorCode> {
        self.problem().map(|problem| problem.code)
    }

    pub(crate) fn disconnected(error: reqwest::Error) -> Self {
        Self::Disconnected(chain(&error.without_url()))
    }
}

impl From<Problem> for ClientError {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<progenitor_client::Error<Problem>> for ClientError {
    fn from(error: progenitor_client::Error<Problem>) -> Self {
        use progenitor_client::Error;
        match error {
            Error::ErrorResponse(response) => response.into_inner().into(),
            Error::CommunicationError(error)
            | Error::ResponseBodyError(error)
            | Error::InvalidUpgrade(error) => Self::disconnected(error),
            Error::InvalidResponsePayload(_, error) => {
                Self::Protocol(format!("the answer: {error}"))
            }
            Error::UnexpectedResponse(response) => {
                Self::Protocol(format!("an answer with status {}", response.status()))
            }
            Error::InvalidRequest(detail) | Error::Custom(detail) => Self::Protocol(detail),
        }
    }
}

/// An error with all its causes. Each library's own text names only its part.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let part = error.to_string();
        if !text.contains(&part) {
            text = format!("{text}: {part}");
        }
        cause = error.source();
    }
    text
}
