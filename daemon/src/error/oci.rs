//! What can fail on the way from a registry to a root file system.

use banger_api::{ErrorCode, Problem};
use banger_ext4::PackError;
use banger_oci::{
    blobs::BlobError,
    digest::Digest,
    flatten::{FlattenError, IndexError, MergeError},
    local::LocalError,
    manifest::ManifestError,
    registry::RegistryError,
};

use super::{cancelled, unless_full};

/// A registry did not give an image out.
pub fn registry(error: &RegistryError) -> Problem {
    let code = match error {
        RegistryError::Cancelled => return cancelled(),
        RegistryError::Store(source) => return blobs(source),
        RegistryError::Unauthorized { .. } | RegistryError::LoginRefused { .. } => {
            ErrorCode::RegistryUnauthorized
        }
        RegistryError::BadLogin { .. } => ErrorCode::InvalidValue,
        RegistryError::Forbidden { .. } => ErrorCode::RegistryForbidden,
        RegistryError::NotFound { .. } => ErrorCode::ImageNotFound,
        RegistryError::TooManyRequests { .. } => ErrorCode::RegistryBusy,
        RegistryError::Certificate { .. }
        | RegistryError::Authority { .. }
        | RegistryError::PlainHttp { .. }
        | RegistryError::NotPlainHttp { .. } => ErrorCode::RegistryUntrusted,
        RegistryError::Manifest { .. } | RegistryError::DigestMismatch { .. } => {
            ErrorCode::BadImage
        }
        RegistryError::Server { .. }
        | RegistryError::Unexpected { .. }
        | RegistryError::Truncated { .. }
        | RegistryError::TooLong { .. }
        | RegistryError::Broken { .. }
        | RegistryError::Stalled { .. }
        | RegistryError::Unreachable { .. }
        | RegistryError::Proxy { .. }
        | RegistryError::Redirect { .. }
        | RegistryError::Credentials { .. }
        | RegistryError::Tls(_) => ErrorCode::RegistryFailed,
    };
    with(Problem::new(code, error.to_string()), error.hint())
}

/// An image that is here is none that can be run.
pub fn manifest(error: &ManifestError) -> Problem {
    let problem = Problem::new(ErrorCode::BadImage, error.to_string());
    with(problem, error.hint().map(str::to_owned))
}

/// An archive gives no image.
pub fn local(error: &LocalError) -> Problem {
    let code = match error {
        LocalError::Cancelled => return cancelled(),
        LocalError::Store(source) => return blobs(source),
        LocalError::Manifest(source) => return manifest(source),
        LocalError::Decompress(_)
        | LocalError::Archive(_)
        | LocalError::TooManyFiles(_)
        | LocalError::TooLarge(_)
        | LocalError::BadName(_)
        | LocalError::Sparse(_)
        | LocalError::DeadLink(_) => ErrorCode::BadArchive,
        LocalError::LongFile { .. }
        | LocalError::NoIndex
        | LocalError::OldArchive
        | LocalError::Malformed(_)
        | LocalError::Empty
        | LocalError::Several(_)
        | LocalError::Missing(_)
        | LocalError::WrongDigest { .. }
        | LocalError::WrongSize { .. }
        | LocalError::Layer { .. } => ErrorCode::BadImage,
    };
    let problem = Problem::new(code, error.to_string());
    with(problem, error.hint().map(str::to_owned))
}

/// An image's files cannot be packed into a layer.
pub fn pack(error: &PackError) -> Problem {
    match error {
        PackError::Cancelled => cancelled(),
        PackError::Whiteout(_) => Problem::new(ErrorCode::BadImage, error.to_string())
            .with_hint("rename it in a VM of the image, and export what `banger vm commit` makes"),
        PackError::Image { .. }
        | PackError::Library(_)
        | PackError::Read(_)
        | PackError::Damaged { .. }
        | PackError::Write(_) => unless_full(ErrorCode::Internal, error),
    }
}

/// The layers' store failed.
pub fn blobs(error: &BlobError) -> Problem {
    match error {
        BlobError::Io { .. } => unless_full(ErrorCode::Internal, error),
        BlobError::Missing(_) => {
            Problem::new(ErrorCode::Internal, error.to_string()).with_hint("pull the image again")
        }
        BlobError::TooLong { .. }
        | BlobError::OverLimit { .. }
        | BlobError::Truncated { .. }
        | BlobError::DigestMismatch { .. } => Problem::new(ErrorCode::BadImage, error.to_string()),
    }
}

/// A layer cannot be read.
pub fn layer(digest: &Digest, error: &IndexError) -> Problem {
    match error {
        IndexError::Cancelled => cancelled(),
        _ => Problem::new(ErrorCode::BadImage, format!("the layer {digest}: {error}")),
    }
}

/// A layer's archive is not the one that the image's configuration names.
pub fn layer_differs(expected: &str, found: &str) -> Problem {
    let detail = format!("a layer unpacks to {found}, and the image says {expected}");
    Problem::new(ErrorCode::BadImage, detail)
        .with_hint("the image was damaged when it was made: ask its maker, or take another tag")
}

/// The layers do not go together.
pub fn merge(error: &MergeError) -> Problem {
    Problem::new(ErrorCode::BadImage, error.to_string())
}

/// The root file system could not be written.
pub fn flatten(error: &FlattenError) -> Problem {
    match error {
        FlattenError::Cancelled => cancelled(),
        FlattenError::Format(_) | FlattenError::Open { .. } => {
            unless_full(ErrorCode::Internal, error)
        }
        FlattenError::Layer { .. }
        | FlattenError::Changed { .. }
        | FlattenError::Member { .. }
        | FlattenError::Write(_) => unless_full(ErrorCode::BadImage, error),
    }
}

fn with(problem: Problem, hint: Option<String>) -> Problem {
    match hint {
        Some(hint) => problem.with_hint(hint),
        None => problem,
    }
}
