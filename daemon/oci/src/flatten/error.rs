//! What can be wrong with layers, and with making one file system of them.

use std::io;

use banger_ext4::archive::ArchiveError;
use banger_ext4::decompress::DecompressError;
use banger_ext4::format::FormatError;
use banger_ext4::path::{NAME_MAX, PathError};

use super::limits::{LAYERS_MAX, PATH_MAX};
use super::stream::StreamError;

/// Why a name in a layer is refused.
#[derive(Debug, thiserror::Error)]
pub enum NameError {
    /// It climbs, or a component is too long.
    #[error(transparent)]
    Path(PathError),
    /// Longer than Linux takes.
    #[error("the name is {0} bytes long; Linux takes at most {PATH_MAX}")]
    PathTooLong(usize),
    /// `.wh.`, `.wh..` or `.wh...`: it would take away the directory that it is in.
    #[error("it is a whiteout that names no file")]
    NamelessWhiteout,
}

/// Why a layer cannot be indexed.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// It could not be unpacked.
    #[error(transparent)]
    Decompress(DecompressError),
    /// It is no tar, damaged, or has a member that makes no sense.
    #[error(transparent)]
    Archive(ArchiveError),
    /// Reading failed, or it is more than the limits allow.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// One member cannot be taken.
    #[error("{member:?} at byte {offset} of the layer: {problem}")]
    Member {
        /// Its name.
        member: String,
        /// Where its header starts, in bytes of the unpacked layer.
        offset: u64,
        /// Why.
        problem: MemberProblem,
    },
    /// More members than the limits allow.
    #[error("the layer has more than {0} members, which is the limit")]
    TooManyEntries(u64),
    /// The names together are longer than the limits allow.
    #[error("the names and link targets of the layer take more than {0} bytes, which is the limit")]
    NamesTooLong(u64),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}

/// Why a member of a layer cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum MemberProblem {
    /// Its name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Its hard link's target.
    #[error("its hard link's target is refused: {0}")]
    Target(#[source] NameError),
    /// A symbolic link's target.
    #[error("its link target is {0} bytes long; Linux takes 1 to {PATH_MAX}")]
    TargetLength(usize),
    /// The root directory as something else.
    #[error("its name stands for the root directory, which can be nothing else")]
    ReplacesRoot,
    /// The file is longer than the limits allow, or its map of holes is out of order.
    #[error("it claims {size} bytes, and the limit for one file is {limit}")]
    FileTooLarge {
        /// As claimed.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The map of a sparse file is out of order.
    #[error("its map of data and holes is not in order, or more than ext4 can hold")]
    SparseMap,
}

/// Why layers cannot be merged.
#[derive(Debug, thiserror::Error)]
#[error("layer {} (from the bottom){}: {problem}", layer + 1, member.as_deref().map(|name| format!(", {name:?}")).unwrap_or_default())]
pub struct MergeError {
    /// Which layer, counted from the bottom, 0 first.
    pub layer: usize,
    /// The member's name, where it is about one.
    pub member: Option<String>,
    /// What is wrong.
    pub problem: MergeProblem,
}

/// What is wrong with layers that are to be merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeProblem {
    /// More layers than any image has.
    #[error("the image has {0} layers; at most {LAYERS_MAX} are taken")]
    TooManyLayers(usize),
    /// More names than the limits allow.
    #[error("the image has more than {0} files and directories, which is the limit")]
    TooManyEntries(u64),
    /// The names together are longer than the limits allow.
    #[error("the names of the image take more than {0} bytes, which is the limit")]
    NamesTooLong(u64),
    /// A directory on the way to the member is something else.
    #[error("{0:?} on its way is not a directory")]
    NotADirectory(String),
    /// A directory that would have to be made has a name that is too long.
    #[error(
        "a symbolic link on its way leads to a name of {0} bytes; ext4 takes at most {NAME_MAX}"
    )]
    NameTooLong(usize),
    /// Symbolic links that lead in a circle.
    #[error("its way leads through more than {0} symbolic links: a loop?")]
    TooManySymlinks(u32),
    /// A hard link whose target does not exist (any more).
    #[error("it is a hard link to {0:?}, which neither this layer nor one below has")]
    LinkTargetMissing(String),
    /// A hard link to a directory.
    #[error("it is a hard link to the directory {0:?}; Linux has no such thing")]
    LinkToDirectory(String),
    /// Applying the names takes too long.
    #[error("applying its names takes more steps than any image needs; it is made to waste time")]
    TooManySteps,
}

/// Why the root file system could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FlattenError {
    /// The empty file system could not be made.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A layer could not be opened again.
    #[error("cannot open layer {} (from the bottom): {source}", layer + 1)]
    Open {
        /// Which, 0 first.
        layer: usize,
        /// The system's error.
        source: io::Error,
    },
    /// A layer could not be read again.
    #[error("layer {} (from the bottom): {source}", layer + 1)]
    Layer {
        /// Which, 0 first.
        layer: usize,
        /// Why.
        source: IndexError,
    },
    /// A layer is not what it was when it was indexed.
    #[error(
        "layer {} (from the bottom) is not the one that was indexed; fetch it again",
        layer + 1
    )]
    Changed {
        /// Which, 0 first.
        layer: usize,
    },
    /// One member cannot go into an image.
    #[error("layer {} (from the bottom), {member:?} at byte {offset}: {source}", layer + 1)]
    Member {
        /// Which layer, 0 first.
        layer: usize,
        /// The member's name.
        member: String,
        /// Where its header starts, in bytes of the unpacked layer.
        offset: u64,
        /// Why.
        source: banger_ext4::WriteError,
    },
    /// The image could not be opened or finished.
    #[error(transparent)]
    Write(#[from] banger_ext4::WriteError),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}
