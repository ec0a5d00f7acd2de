//! What can be wrong with settings, said with the place and what to write instead.

use std::io;
use std::path::PathBuf;

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In config.toml.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// In an environment variable of that name.
    Variable(String),
    /// Nowhere: it is the default.
    Default,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::File { path, line } => write!(f, "{} line {line}", path.display()),
            Place::Variable(variable) => write!(f, "environment variable {variable}"),
            Place::Default => f.write_str("default settings"),
        }
    }
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is there and cannot be read, or `$BANGER_CONFIG` names one that is not there.
    #[error("cannot read {path}: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no TOML.
    #[error("{place}: {message}")]
    Syntax {
        /// The file and line.
        place: Place,
        /// What the parser says.
        message: String,
    },
    /// The file has a key or table that settings do not know.
    #[error("{place}: unknown {what} {name:?}{section}{hint}",
        section = section_suffix(section.as_deref()), hint = hint(nearest))]
    UnknownKey {
        /// The file and line.
        place: Place,
        /// `key` or `table`.
        what: &'static str,
        /// As written.
        name: String,
        /// The table that it is in.
        section: Option<String>,
        /// The names that may have been meant, the likeliest first.
        nearest: Vec<String>,
    },
    /// A value cannot be used.
    #[error("{place}: {key}: {problem}")]
    Value {
        /// Where it was written.
        place: Place,
        /// The key, with its section.
        key: String,
        /// What is wrong, and what to write.
        problem: String,
    },
    /// A default lies in the home directory, and there is none.
    #[error("there is no home directory to put {key} into: set HOME or {variable}")]
    NoHome {
        /// The key.
        key: String,
        /// The variable that sets it.
        variable: String,
    },
}

fn section_suffix(section: Option<&str>) -> String {
    match section {
        Some(section) => format!(" in [{section}]"),
        None => String::new(),
    }
}

fn hint(nearest: &[String]) -> String {
    match nearest {
        [] => "; docs/config.md lists all keys".to_owned(),
        [one] => format!("; did you mean {one:?}?"),
        [first, others @ ..] => {
            let others: Vec<String> = others.iter().map(|name| format!("{name:?}")).collect();
            format!("; did you mean {first:?} or {}?", others.join(" or "))
        }
    }
}
