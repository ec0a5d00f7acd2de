//! The step of the boot that failed.

use std::io;

/// A step, and what the system said.
#[derive(Debug, thiserror::Error)]
#[error("cannot {step}: {source}")]
pub struct BootError {
    /// What was to be done, as in "mount the image".
    pub step: String,
    /// What the system said.
    pub source: io::Error,
}

impl BootError {
    /// Turns the error of a step into one that names it; for `map_err`.
    pub fn at<E: Into<io::Error>>(step: impl Into<String>) -> impl FnOnce(E) -> Self {
        let step = step.into();
        move |source| Self {
            step,
            source: source.into(),
        }
    }

    /// A step whose thread or process ended without a word.
    pub fn gone(step: &str) -> Self {
        Self {
            step: step.to_owned(),
            source: io::Error::other("it ended without a result"),
        }
    }
}
