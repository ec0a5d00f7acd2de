//! Why files could not be copied.

use std::{io, path::PathBuf};

use banger_agent_protocol::request::{AgentError, AgentErrorCode};

/// Why files could not be copied.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The request's path is none that can be meant.
    #[error("{path:?} is no {wanted}")]
    BadPath {
        /// What was asked for.
        path: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// The stream is no archive, or ends in its middle.
    #[error("the archive is damaged: {0}")]
    Damaged(io::Error),
    /// A member's name or the target of its hard link leads out of the directory.
    #[error("the archive holds {name:?}, which leads out of the directory")]
    LeadsOut {
        /// As in the archive.
        name: String,
    },
    /// A member would be written through a symbolic link.
    #[error("{name:?} would be written through a symbolic link")]
    ThroughLink {
        /// As in the archive.
        name: String,
    },
    /// A member is of a kind that is not copied into a running guest.
    #[error("{name:?} is a {kind}, which is not copied")]
    BadKind {
        /// As in the archive.
        name: String,
        /// Such as "device".
        kind: &'static str,
    },
    /// A member is larger than the room on the disk.
    #[error("{name:?} has {size} bytes, and the disk only {available} left")]
    TooLarge {
        /// As in the archive.
        name: String,
        /// In bytes.
        size: u64,
        /// In bytes.
        available: u64,
    },
    /// The system refused.
    #[error("{}: {source}", path.display())]
    System {
        /// Beneath the directory, or absolute.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The other side of the stream is gone.
    #[error("the connection ended")]
    Disconnected,
}

impl From<FilesError> for AgentError {
    fn from(error: FilesError) -> Self {
        let code = match &error {
            FilesError::BadPath { .. } => AgentErrorCode::BadRequest,
            FilesError::Damaged(_)
            | FilesError::LeadsOut { .. }
            | FilesError::ThroughLink { .. }
            | FilesError::BadKind { .. } => AgentErrorCode::BadArchive,
            FilesError::TooLarge { .. } => AgentErrorCode::NoSpace,
            FilesError::System { source, .. } => code_of(source),
            FilesError::Disconnected => AgentErrorCode::Failed,
        };
        Self {
            code,
            message: error.to_string(),
        }
    }
}

fn code_of(error: &io::Error) -> AgentErrorCode {
    match error.kind() {
        io::ErrorKind::NotFound => AgentErrorCode::NotFound,
        io::ErrorKind::PermissionDenied => AgentErrorCode::PermissionDenied,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => AgentErrorCode::NoSpace,
        _ => AgentErrorCode::Failed,
    }
}
