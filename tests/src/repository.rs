//! Git repositories, made on the spot.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Banger, Finished, Home};

/// A repository in a home's scratch directory.
pub struct Repository {
    path: PathBuf,
}

impl Repository {
    /// An empty repository of that name.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn new(home: &Home, name: &str) -> Self {
        let path = home.scratch().join(name);
        fs::create_dir_all(&path).expect("a directory");
        let repository = Self { path };
        repository.git("init -q -b main");
        repository
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file into the working tree.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn with(self, path: &str, contents: &str) -> Self {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a directory");
        fs::write(path, contents).expect("a file");
        self
    }

    /// Commits everything in the working tree.
    #[must_use]
    pub fn committed(self) -> Self {
        self.git("add -A");
        self.git("commit -q --allow-empty -m state");
        self
    }

    /// Calls git in it, with words split at blanks.
    ///
    /// # Panics
    /// When git fails.
    pub fn git(&self, line: &str) -> Finished {
        let identity = [
            "-c",
            "user.name=test",
            "-c",
            "user.email=test@example.invalid",
            "-c",
            "commit.gpgsign=false",
        ];
        Banger::call("git")
            .args(identity)
            .args(line.split_whitespace())
            .dir(&self.path)
            .run()
            .ok()
    }
}
