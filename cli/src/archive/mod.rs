//! Files of this host as a tar stream.
//!
//! | file | duty |
//! |---|---|
//! | `entry.rs` | what is sent, an item each |
//! | `write.rs` | from items to the stream |
//! | `attributes.rs` | extended attributes, both ways |
//! | `padded.rs` | files that change while they are read |

pub mod attributes;
mod entry;
mod padded;
mod write;

use std::{io, path::Path, path::PathBuf};

pub use self::{
    entry::{Entry, EntryKind, IfGone, is_absence, look},
    write::{Writer, write},
};

/// Why files cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Something cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something disappeared that must not be left out.
    #[error("{} disappeared while it was being sent", .0.display())]
    Gone(PathBuf),
    /// Nobody takes the stream.
    #[error("the archive cannot be sent: {0}")]
    Send(io::Error),
}

impl ArchiveError {
    /// Something cannot be read.
    pub fn read(path: &Path, source: io::Error) -> Self {
        Self::Read {
            path: path.to_owned(),
            source,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Gone(_) => Some("run the command again".to_owned()),
            Self::Read { .. } | Self::Send(_) => None,
        }
    }
}
