//! What is done in the VM.

use std::collections::BTreeMap;

use crate::mount::Mount;

/// What is done in the VM for an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A command runs.
    Run(RunAction),
    /// Files are copied.
    Copy {
        /// Whether archives would be unpacked.
        adds: bool,
        /// Whose files, as written: a stage, or an image; the context's where absent.
        from: Option<String>,
        /// Patterns of paths.
        sources: Vec<String>,
        /// Addresses whose files are fetched.
        addresses: Vec<String>,
        /// The SHA-256 that the one address has to give, in lower-case hex.
        sha256: Option<String>,
        /// Files that the Dockerfile itself holds: name and content.
        documents: Vec<(String, String)>,
        /// An absolute path; a directory for sure where it ends in `/`.
        destination: String,
        /// `user`, `user:group`, or numbers; root's where absent.
        owner: Option<String>,
        /// Permissions; as they are where absent.
        mode: Option<u32>,
    },
    /// A directory is made unless it is there.
    MakeDirectory(String),
}

/// A command of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunAction {
    /// Program and arguments; those of a script's interpreter where there is a script.
    pub command: Vec<String>,
    /// A script, whose path is to follow the command.
    pub script: Option<String>,
    /// Variables.
    pub env: BTreeMap<String, String>,
    /// Where it starts.
    pub working_dir: String,
    /// As whom; root where absent.
    pub user: Option<String>,
    /// What is there meanwhile, at absolute paths.
    pub mounts: Vec<Mount>,
}

/// The command that runs a script: what stands after `#!`, else a shell that ends with the
/// first command that fails.
pub fn interpreter(script: &str) -> Vec<String> {
    let first = script.lines().next().unwrap_or_default();
    let named = first
        .strip_prefix("#!")
        .map(str::trim)
        .filter(|line| !line.is_empty());
    match named {
        // One argument at most, as the kernel has it (execve(2)).
        Some(line) => match line.split_once([' ', '\t']) {
            Some((program, argument)) => vec![program.to_owned(), argument.trim().to_owned()],
            None => vec![line.to_owned()],
        },
        None => vec!["/bin/sh".to_owned(), "-e".to_owned()],
    }
}
