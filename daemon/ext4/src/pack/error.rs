//! Why an image cannot be packed.

use std::io;
use std::path::PathBuf;

use crate::sys::LibraryError;

/// Why an image cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The image cannot be opened.
    #[error("{}: {source}", path.display())]
    Image {
        /// The image.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// libext2fs cannot read it.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// Its data cannot be read.
    #[error("reading the image failed: {0}")]
    Read(#[source] io::Error),
    /// It is not as it should be.
    #[error("/{path} in the image: {problem}")]
    Damaged {
        /// Where, from the image's root.
        path: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A name that means something else in a layer.
    #[error("/{0} in the image: in a layer, names that begin with .wh. take files away")]
    Whiteout(String),
    /// Nobody takes the archive, or it cannot be written.
    #[error("writing the archive failed: {0}")]
    Write(#[source] io::Error),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl PackError {
    pub(super) fn damaged(path: &[u8], problem: &'static str) -> Self {
        PackError::Damaged {
            path: String::from_utf8_lossy(path).into_owned(),
            problem,
        }
    }
}
