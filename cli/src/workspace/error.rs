//! Why a workspace cannot be sent.

use std::{io, path::Path, path::PathBuf};

use crate::archive::ArchiveError;

/// Why a workspace cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The path is a file or something else.
    #[error("{} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// It lies in no repository.
    #[error("{} is not in a git repository", .0.display())]
    NotARepository(PathBuf),
    /// The repository has no working tree.
    #[error("{} is in a git repository without a working tree", .0.display())]
    NoWorkingTree(PathBuf),
    /// It belongs to somebody else, and git does not trust it.
    #[error("git does not trust {}, which belongs to another user", .0.display())]
    NotTrusted(PathBuf),
    /// git cannot be run.
    #[error("git cannot be run: {0}")]
    NoGit(io::Error),
    /// git failed.
    #[error("git {command} failed in {}: {message}", directory.display())]
    Git {
        /// Its subcommand.
        command: String,
        /// Where.
        directory: PathBuf,
        /// What it said.
        message: String,
    },
    /// git said something that it never says.
    #[error("git ls-files answered something that is not understood: {0:?}")]
    Listing(String),
    /// A part cannot be read, or disappeared: the repository was packed or collected.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The directory to work in has a name that the API cannot hold.
    #[error("the directory {:?} has a name that is not text (UTF-8)", .0)]
    OddDirectory(PathBuf),
}

impl WorkspaceError {
    /// Something cannot be read.
    pub fn read(path: &Path, source: io::Error) -> Self {
        Self::Archive(ArchiveError::read(path, source))
    }

    /// Whether it is only that nobody took what was sent: the other side knows why.
    pub fn is_unsent(&self) -> bool {
        matches!(self, Self::Archive(ArchiveError::Send(_)))
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotADirectory(path) => {
                let parent = path
                    .parent()
                    .filter(|parent| !parent.as_os_str().is_empty());
                let parent = parent.unwrap_or(Path::new("."));
                Some(format!(
                    "name its directory: banger vm run {}",
                    parent.display()
                ))
            }
            Self::NotARepository(path) => Some(format!(
                "make it one: git -C '{0}' init && git -C '{0}' add -A",
                path.display()
            )),
            Self::NoWorkingTree(path) => Some(format!(
                "make a working tree: git -C '{}' worktree add ../work",
                path.display()
            )),
            Self::NotTrusted(path) => Some(format!(
                "if you do: git config --global --add safe.directory '{}'",
                path.display()
            )),
            Self::NoGit(_) => Some("install it: apt-get install git".to_owned()),
            Self::Archive(error) => error.hint(),
            Self::OddDirectory(_) => {
                Some("name the repository's top level, and change directory in the VM".to_owned())
            }
            Self::Git { .. } | Self::Listing(_) => None,
        }
    }
}
