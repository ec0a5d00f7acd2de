//! Why files cannot be copied.

use std::{io, path::PathBuf};

use crate::archive::ArchiveError;

/// Why files cannot be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Neither or both of the two are in a VM.
    #[error("{0}")]
    Places(&'static str),
    /// There is nothing to copy.
    #[error("there is no {}", .0.display())]
    NoSource(PathBuf),
    /// It ends in a slash, and there is no such directory.
    #[error("there is no directory {0}")]
    NoDirectory(String),
    /// The directory that it would lie in is not there.
    #[error("there is no directory {0} in the VM")]
    NoParent(String),
    /// A directory cannot become a file.
    #[error("{0} is there and is no directory")]
    NotADirectory(String),
    /// A directory would be written through a link that lies in its place.
    #[error("{} is a symbolic link, and a directory would be copied through it", .0.display())]
    ThroughLink(PathBuf),
    /// Files of this host cannot be sent.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A file cannot be written here.
    #[error("{}: {source}", path.display())]
    Write {
        /// Beneath the destination, or all of it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The VM's archive leads out of the destination: it is hostile.
    #[error("the VM sent {name:?}, which leads out of the destination")]
    LeadsOut {
        /// As in the archive.
        name: String,
    },
    /// The VM's archive claims more than fits: it is hostile, or the disk small.
    #[error("the VM sent {name:?} with {size} bytes, and the disk has {available} left")]
    TooLarge {
        /// As in the archive.
        name: String,
        /// In bytes.
        size: u64,
        /// In bytes.
        available: u64,
    },
    /// The VM's archive holds something that no agent sends.
    #[error("the VM sent {name:?}, a {kind}, which is not taken")]
    BadKind {
        /// As in the archive.
        name: String,
        /// Such as "sparse file".
        kind: &'static str,
    },
    /// The VM's archive is damaged, or broke off.
    #[error("the VM's archive is damaged: {0}")]
    Damaged(io::Error),
}

impl CopyError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Places(_) => {
                Some("write the VM's side as VM:PATH: banger vm cp notes.txt box:/root/".to_owned())
            }
            Self::NoDirectory(path) => Some(format!(
                "leave the slash away to write a file {}",
                path.trim_end_matches('/')
            )),
            Self::NoParent(path) => Some(format!(
                "make it first: banger vm exec VM -- mkdir -p {path}"
            )),
            Self::NotADirectory(_) => Some("name another destination".to_owned()),
            Self::ThroughLink(path) => Some(format!(
                "remove the link, or name what it leads to: readlink -f '{}'",
                path.display()
            )),
            Self::Archive(error) => error.hint(),
            Self::NoSource(_)
            | Self::Write { .. }
            | Self::LeadsOut { .. }
            | Self::TooLarge { .. }
            | Self::BadKind { .. }
            | Self::Damaged(_) => None,
        }
    }
}
