//! Why a Dockerfile cannot be built.

/// What is supported, for a hint.
pub const SUPPORTED: &str = "supported are FROM, RUN (with --mount of type bind, cache or tmpfs), COPY, ADD, ENV, \
    ARG, WORKDIR, USER, CMD, ENTRYPOINT, LABEL, EXPOSE, MAINTAINER and SHELL";

/// Why a Dockerfile cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct BuildError {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
    /// Whether Docker would take it, and this does not.
    pub is_unsupported: bool,
}

impl BuildError {
    /// A line that is wrong.
    pub fn new(line: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
            is_unsupported: false,
        }
    }

    /// A line that asks for what is not supported.
    pub fn unsupported(line: usize, message: impl Into<String>) -> Self {
        Self {
            is_unsupported: true,
            ..Self::new(line, message)
        }
    }
}
