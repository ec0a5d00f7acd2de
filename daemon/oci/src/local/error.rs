//! What can be wrong with an archive of an image.

use crate::blobs::BlobError;
use crate::digest::Digest;
use crate::manifest::ManifestError;
use banger_ext4::archive::ArchiveError;
use banger_ext4::decompress::DecompressError;

/// Why an archive gives no image.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// It cannot be unpacked.
    #[error(transparent)]
    Decompress(#[from] DecompressError),
    /// The tar is damaged, incomplete, or none.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// It holds more files than any image needs.
    #[error("the archive has more than {0} files")]
    TooManyFiles(usize),
    /// All of its files together are too large.
    #[error("the files of the archive have more than {0} bytes")]
    TooLarge(u64),
    /// A name that no program gives to a part of an image.
    #[error("the archive has a file named {0:?}: names stay below its top, and are text")]
    BadName(String),
    /// A file with holes.
    #[error("{0} is stored as a sparse file, which cannot be a part of an image")]
    Sparse(String),
    /// A small file that is not small.
    #[error("{name} has {size} bytes, and may have {limit}")]
    LongFile {
        /// Its name.
        name: String,
        /// What it has.
        size: u64,
        /// What it may have.
        limit: u64,
    },
    /// A link that leads nowhere, or in a circle.
    #[error("{0} is a link that leads to no file of the archive")]
    DeadLink(String),
    /// Neither `index.json` nor `manifest.json`.
    #[error("the archive has neither index.json nor manifest.json: it holds no image")]
    NoIndex,
    /// Written by a docker older than 1.10.
    #[error("the archive is of docker's old schema 1: it has no manifest.json")]
    OldArchive,
    /// `manifest.json` is not what docker writes.
    #[error("manifest.json cannot be read: {0}")]
    Malformed(String),
    /// No image in it.
    #[error("the archive holds no image")]
    Empty,
    /// Several images in it.
    #[error("the archive holds several images: {}", .0.join(", "))]
    Several(Vec<String>),
    /// What a manifest names is not there.
    #[error("the archive lacks {0}")]
    Missing(String),
    /// A file is not what its name says.
    #[error("{name} has the digest {found}")]
    WrongDigest {
        /// Its name in the archive.
        name: String,
        /// What its bytes have.
        found: Digest,
    },
    /// A blob is not as long as its descriptor says.
    #[error("the blob {digest} has {have} bytes, and its descriptor says {size}")]
    WrongSize {
        /// The blob.
        digest: Digest,
        /// What it has.
        have: u64,
        /// What it should have.
        size: u64,
    },
    /// A layer that is packed in a way that layers are not.
    #[error("the layer {name}: {problem}")]
    Layer {
        /// Its name in the archive.
        name: String,
        /// Why.
        problem: String,
    },
    /// The image itself cannot be run.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The blob store failed.
    #[error(transparent)]
    Store(#[from] BlobError),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl LocalError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            LocalError::Manifest(source) => source.hint(),
            LocalError::OldArchive => ManifestError::Schema1.hint(),
            LocalError::NoIndex => Some(
                "give an OCI layout or archive, what `docker save` writes, or a root file system tar",
            ),
            LocalError::Several(_) => Some("save one of them alone, and import that"),
            LocalError::Archive(_)
            | LocalError::Missing(_)
            | LocalError::WrongDigest { .. }
            | LocalError::WrongSize { .. } => {
                Some("the archive is damaged or incomplete: write it again")
            }
            LocalError::Decompress(_)
            | LocalError::TooManyFiles(_)
            | LocalError::TooLarge(_)
            | LocalError::BadName(_)
            | LocalError::Sparse(_)
            | LocalError::LongFile { .. }
            | LocalError::DeadLink(_)
            | LocalError::Malformed(_)
            | LocalError::Empty
            | LocalError::Layer { .. }
            | LocalError::Store(_)
            | LocalError::Cancelled => None,
        }
    }
}
