//! The workspace: a git repository as it is in its working tree, made ready to be sent.
//!
//! What git tracks goes as it is on disk: modes, symbolic links, edits; what was deleted is
//! left out. The repository itself goes with it, as a `.git` that stands alone: a linked
//! worktree, a submodule and a clone that borrows objects have theirs elsewhere, in places
//! that a guest does not have. Submodules are repositories of their own within it, each
//! with its own `.git`.
//!
//! | file | duty |
//! |---|---|
//! | `mod.rs` | the workspace, and what may be asked of it |
//! | `git.rs` | asking git; the only place where it is run |
//! | `listing.rs` | what `git ls-files` says; pure |
//! | `tree.rs` | the files of a working tree |
//! | `git_dir.rs` | a `.git` that stands alone; `layout.rs` says which part of it lies where; pure |
//! | `borrowed.rs` | objects borrowed from other repositories |
//! | `quote.rs` | names for people; pure |
//! | `error.rs` | why it cannot be sent |

mod borrowed;
mod error;
mod git;
mod git_dir;
mod layout;
mod listing;
mod quote;
#[cfg(test)]
mod tests;
mod tree;

use std::{
    io::Write,
    path::{Path, PathBuf},
};

pub use self::{error::WorkspaceError, quote::quoted};
use self::{git_dir::Repository, tree::Tree};
use crate::archive::{Entry, Writer};

/// Where the workspace is put in the guest.
pub const GUEST_DIRECTORY: &str = "/root/repo";

/// A repository ready to be sent.
#[derive(Debug)]
pub struct Workspace {
    /// Its top level on this host.
    pub top: PathBuf,
    /// From there to the directory that was named; empty for the top level itself.
    pub prefix: PathBuf,
    /// The working tree: directories before what they hold.
    tree: Vec<Entry>,
    /// The repository, and those of its submodules.
    repositories: Vec<Repository>,
}

/// How much a workspace is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Files and links of the working tree.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Files of `.git`.
    pub git_files: u64,
    /// Bytes in them.
    pub git_bytes: u64,
}

impl Workspace {
    /// Lists the repository that holds `path`.
    ///
    /// # Errors
    /// When `path` is no directory of a git repository with a working tree, when git is
    /// missing, or something cannot be read.
    pub fn of(path: &Path, include_untracked: bool) -> Result<Self, WorkspaceError> {
        let named = path
            .canonicalize()
            .map_err(|source| WorkspaceError::read(path, source))?;
        if !named.is_dir() {
            return Err(WorkspaceError::NotADirectory(path.to_owned()));
        }
        let top = git::top_level(&named)?;
        let prefix = named.strip_prefix(&top).unwrap_or(Path::new("")).to_owned();
        let tree = Tree::of(&top, &prefix, include_untracked)?;
        Ok(Self {
            top,
            prefix,
            tree: tree.entries,
            repositories: tree.repositories,
        })
    }

    /// The guest's directory that corresponds to the one that was named.
    ///
    /// # Errors
    /// When its name is no text: the API's is.
    pub fn guest_directory(&self) -> Result<String, WorkspaceError> {
        let path = Path::new(GUEST_DIRECTORY).join(&self.prefix);
        match path.to_str() {
            Some(text) => Ok(text.trim_end_matches('/').to_owned()),
            None => Err(WorkspaceError::OddDirectory(self.prefix.clone())),
        }
    }

    /// How much it is now.
    ///
    /// # Errors
    /// When something cannot be read.
    pub fn amount(&self) -> Result<Amount, WorkspaceError> {
        let mut amount = Amount::default();
        count(&self.tree, &mut amount.files, &mut amount.bytes);
        for repository in &self.repositories {
            for entries in [repository.references()?, repository.objects()?] {
                count(&entries, &mut amount.git_files, &mut amount.git_bytes);
            }
        }
        Ok(amount)
    }

    /// Writes it as a tar stream. `sent` is called with each item's bytes.
    ///
    /// Whoever commits meanwhile adds objects first and references last, so references are
    /// read first and objects listed after that: what is named is there.
    ///
    /// # Errors
    /// When something cannot be read, or nobody takes the stream.
    pub fn write(&self, stream: impl Write, sent: impl FnMut(u64)) -> Result<(), WorkspaceError> {
        let mut writer = Writer::new(stream, sent);
        writer.all(&self.tree)?;
        for repository in &self.repositories {
            writer.all(&repository.references()?)?;
        }
        for repository in &self.repositories {
            writer.all(&repository.objects()?)?;
        }
        Ok(writer.finish()?)
    }

    /// The files and links of the working tree, as they are named in the guest's directory.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let files = self.tree.iter().filter(|entry| !entry.is_directory());
        files.map(|entry| entry.name.as_path())
    }
}

fn count(entries: &[Entry], files: &mut u64, bytes: &mut u64) {
    for entry in entries.iter().filter(|entry| !entry.is_directory()) {
        *files += 1;
        *bytes += entry.size();
    }
}
