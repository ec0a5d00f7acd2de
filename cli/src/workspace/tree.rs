//! The files of a working tree, and of the repositories within it.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::{WorkspaceError, git, git_dir::Repository, listing::Tracked};
use crate::archive::{Entry, look};

/// The working tree of a repository, with those within it.
pub struct Tree {
    /// Its files.
    pub entries: Vec<Entry>,
    /// The repositories.
    pub repositories: Vec<Repository>,
    include_untracked: bool,
}

/// Directories that were looked at: whether each is one, and not a link to one.
type Seen = HashMap<PathBuf, bool>;

impl Tree {
    /// Lists the working tree at `top`. The directories down to `prefix` are there even
    /// where git tracks nothing in them.
    ///
    /// # Errors
    /// When git fails or something cannot be read.
    pub fn of(top: &Path, prefix: &Path, include_untracked: bool) -> Result<Self, WorkspaceError> {
        let mut tree = Self {
            entries: Vec::new(),
            repositories: Vec::new(),
            include_untracked,
        };
        tree.repository(top, Path::new(""), prefix)?;
        Ok(tree)
    }

    /// One repository, whose files are named beneath `base`.
    fn repository(&mut self, top: &Path, base: &Path, prefix: &Path) -> Result<(), WorkspaceError> {
        let mut seen = Seen::new();
        self.directory(top, base, prefix, &mut seen)?;
        let mut paths = git::tracked(top)?;
        if self.include_untracked {
            paths.extend(git::untracked(top)?);
        }
        for tracked in paths {
            self.path(top, base, &tracked, &mut seen)?;
        }
        self.repositories.push(Repository {
            git_dir: git::git_dir(top)?,
            top: top.to_owned(),
            name: base.join(".git"),
        });
        Ok(())
    }

    fn path(
        &mut self,
        top: &Path,
        base: &Path,
        tracked: &Tracked,
        seen: &mut Seen,
    ) -> Result<(), WorkspaceError> {
        let parent = tracked.path.parent().unwrap_or(Path::new(""));
        // Where a directory was replaced by a link to one, git counts its files as deleted.
        if !self.directory(top, base, parent, seen)? {
            return Ok(());
        }
        let source = top.join(&tracked.path);
        let Some(of) = look(&source)? else {
            return Ok(());
        };
        let name = base.join(&tracked.path);
        if of.is_dir() {
            // A directory in the place of a file holds nothing that is tracked.
            if !tracked.is_submodule {
                return Ok(());
            }
            self.add(Entry::of(&source, &of, name.clone())?);
            if look(&source.join(".git"))?.is_some() {
                self.repository(&source, &name, Path::new(""))?;
            }
            return Ok(());
        }
        self.add(Entry::of(&source, &of, name)?);
        Ok(())
    }

    /// Adds a directory and those above it, once each. Says whether it is one.
    fn directory(
        &mut self,
        top: &Path,
        base: &Path,
        path: &Path,
        seen: &mut Seen,
    ) -> Result<bool, WorkspaceError> {
        if path.as_os_str().is_empty() {
            return Ok(true);
        }
        if let Some(&known) = seen.get(path) {
            return Ok(known);
        }
        let parent = path.parent().unwrap_or(Path::new(""));
        let mut is_directory = self.directory(top, base, parent, seen)?;
        if is_directory {
            let source = top.join(path);
            let of = look(&source)?.filter(std::fs::Metadata::is_dir);
            is_directory = of.is_some();
            if let Some(of) = of {
                self.add(Entry::of(&source, &of, base.join(path))?);
            }
        }
        seen.insert(path.to_owned(), is_directory);
        Ok(is_directory)
    }

    /// Everything belongs to root, as the guest's user does, so git trusts it there.
    fn add(&mut self, entry: Option<Entry>) {
        let owned = |entry| Entry {
            owner: (0, 0),
            ..entry
        };
        self.entries.extend(entry.map(owned));
    }
}
