//! Why a VMM failed.

use std::path::PathBuf;

/// Why a machine could not be started, found or told something.
#[derive(Debug, thiserror::Error)]
pub enum VmmError {
    /// No such program.
    #[error("{program} is not installed: {hint}")]
    Missing {
        /// The program looked for.
        program: String,
        /// What to type.
        hint: String,
    },
    /// The program lacks what is needed.
    #[error("{program} {found} is too old, at least {needed} is needed")]
    TooOld {
        /// The program.
        program: String,
        /// The version it tells.
        found: String,
        /// The version needed.
        needed: String,
    },
    /// The program ended, or never answered, during start.
    #[error("{program} did not start: {message}")]
    NotStarted {
        /// The program.
        program: String,
        /// The end of what it wrote to its log, or what it was waited for.
        message: String,
    },
    /// The VMM answered a command with an error.
    #[error("the VMM refused {command}: {message}")]
    Refused {
        /// The command.
        command: String,
        /// Its answer.
        message: String,
    },
    /// A file or socket failed.
    #[error("{path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A system call failed.
    #[error("{action}: {source}")]
    System {
        /// What was being done.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}
