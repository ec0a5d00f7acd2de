//! The files: what they should hold, and whether they do.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    downgrade::downgrade,
    generate::{self, GenerateError},
    publish,
};

/// Why the files were not written, or are not as they should be.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// The document cannot be written as JSON.
    #[error("the document: {0}")]
    Document(#[from] serde_json::Error),
    /// There is no client of it.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// A file cannot be written.
    #[error("{path}: {source}")]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Files are not what would be written.
    #[error(
        "{}: not what the daemon's types say; run `make openapi`, read the difference, and commit it",
        .0.join(", ")
    )]
    Outdated(Vec<&'static str>),
}

/// A file and what it should hold.
struct Artifact {
    /// Relative to the project's root.
    path: &'static str,
    content: String,
}

fn artifacts() -> Result<[Artifact; 2], ArtifactError> {
    let document = publish::published(&bangerd::http::document());
    Ok([
        Artifact {
            path: "openapi/openapi.json",
            content: publish::text(&document)?,
        },
        Artifact {
            path: "cli/client/src/generated.rs",
            content: generate::client(&downgrade(&document))?,
        },
    ])
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Writes the files that are not what they should be.
///
/// # Errors
/// When they cannot be made or written.
pub fn write() -> Result<(), ArtifactError> {
    for artifact in artifacts()? {
        let path = root().join(artifact.path);
        // One that is right keeps its time, so that nothing is built anew.
        if fs::read_to_string(&path).is_ok_and(|found| found == artifact.content) {
            continue;
        }
        fs::write(&path, artifact.content)
            .map_err(|source| ArtifactError::Write { path, source })?;
    }
    Ok(())
}

/// Checks that the files are what they should be.
///
/// # Errors
/// Names those that are not.
pub fn check() -> Result<(), ArtifactError> {
    let outdated: Vec<_> = artifacts()?
        .into_iter()
        .filter(|artifact| {
            fs::read_to_string(root().join(artifact.path))
                .map_or(true, |found| found != artifact.content)
        })
        .map(|artifact| artifact.path)
        .collect();
    if outdated.is_empty() {
        Ok(())
    } else {
        Err(ArtifactError::Outdated(outdated))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_checked_in_document_and_client_are_what_the_daemons_types_say() {
        if let Err(error) = super::check() {
            panic!("{error}");
        }
    }
}
