//! Asking git. Nothing else runs it.

use std::{
    ffi::{OsStr, OsString},
    fs, io,
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use super::{WorkspaceError, listing};

/// Variables that would point git at another repository than the one that is named: the list
/// of `git rev-parse --local-env-vars`. They are set where a hook runs us.
const LOCAL_VARIABLES: [&str; 16] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
    "GIT_INTERNAL_SUPER_PREFIX",
];

/// The top level of the working tree that holds a directory.
///
/// # Errors
/// When there is none.
pub fn top_level(directory: &Path) -> Result<PathBuf, WorkspaceError> {
    path_of(directory, "--show-toplevel")
}

/// The repository's own directory: `.git`, or where a `.git` file points.
///
/// # Errors
/// When there is none.
pub fn git_dir(directory: &Path) -> Result<PathBuf, WorkspaceError> {
    path_of(directory, "--absolute-git-dir")
}

/// What is tracked.
///
/// # Errors
/// When git fails.
pub fn tracked(top: &Path) -> Result<Vec<listing::Tracked>, WorkspaceError> {
    listing::tracked(&ask(top, ["ls-files", "--cached", "--stage", "-z"])?)
}

/// What is neither tracked nor ignored.
///
/// # Errors
/// When git fails.
pub fn untracked(top: &Path) -> Result<Vec<listing::Tracked>, WorkspaceError> {
    let arguments = ["ls-files", "--others", "--exclude-standard", "-z"];
    Ok(listing::untracked(&ask(top, arguments)?))
}

/// A configuration file for a repository whose working tree is around its `.git`: without
/// `core.worktree`, and not bare.
///
/// # Errors
/// When the file cannot be read, or git not write it.
pub fn standalone_config(file: &Path) -> Result<Vec<u8>, WorkspaceError> {
    let failed = |source| WorkspaceError::read(file, source);
    let copy = tempfile::NamedTempFile::new().map_err(failed)?;
    fs::copy(file, copy.path()).map_err(failed)?;
    let set = |arguments: &[&str]| {
        let head = [
            "config".as_ref(),
            "--file".as_ref(),
            copy.path().as_os_str(),
        ];
        let all = head.into_iter().chain(arguments.iter().map(OsStr::new));
        run(Path::new("/"), all)
    };
    // Ends with 5 where there is nothing to unset (git-config(1)).
    set(&["--unset-all", "core.worktree"])?;
    if set(&["--type=bool", "--get", "core.bare"])?.stdout == b"true\n" {
        set(&["core.bare", "false"])?;
    }
    fs::read(copy.path()).map_err(failed)
}

fn path_of(directory: &Path, question: &str) -> Result<PathBuf, WorkspaceError> {
    let mut answer = ask(directory, ["rev-parse", question])?;
    // One newline is git's; a name may end in another.
    if answer.last() == Some(&b'\n') {
        answer.pop();
    }
    Ok(PathBuf::from(OsString::from_vec(answer)))
}

fn ask<const N: usize>(directory: &Path, arguments: [&str; N]) -> Result<Vec<u8>, WorkspaceError> {
    let output = run(directory, arguments.iter().map(OsStr::new))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let message = String::from_utf8_lossy(&output.stderr);
    Err(why(directory, arguments.first().unwrap_or(&""), &message))
}

fn run<'a>(
    directory: &Path,
    arguments: impl IntoIterator<Item = &'a OsStr>,
) -> Result<Output, WorkspaceError> {
    let mut command = Command::new("git");
    command.current_dir(directory).args(arguments);
    for variable in LOCAL_VARIABLES {
        command.env_remove(variable);
    }
    // Its messages are read below; and it is not to refresh an index that others may hold.
    command.env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0");
    command.output().map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => WorkspaceError::read(directory, error),
        _ => WorkspaceError::NoGit(error),
    })
}

fn why(directory: &Path, command: &str, message: &str) -> WorkspaceError {
    let directory = directory.to_owned();
    if message.contains("dubious ownership") {
        WorkspaceError::NotTrusted(directory)
    } else if message.contains("must be run in a work tree") {
        WorkspaceError::NoWorkingTree(directory)
    } else if message.contains("not a git repository (or any") {
        WorkspaceError::NotARepository(directory)
    } else {
        let message = message.trim().trim_start_matches("fatal: ").to_owned();
        WorkspaceError::Git {
            command: command.to_owned(),
            directory,
            message,
        }
    }
}
