//! Layers become one root file system: index every layer, merge the names, write once.
//!
//! ```text
//! layer ──> index_layer ──> LayerIndex ─┐
//! layer ──> index_layer ──> LayerIndex ─┴─> merge ──> Plan ──> write (reads the layers again)
//! ```
//!
//! 1. [`index_layer`] reads a layer once, packed or not, while it is downloaded or from a
//!    blob: it answers the names ([`LayerIndex`], some twenty bytes each; it can be kept in a
//!    file) and the `diff_id` to compare with the image's configuration. Layers are
//!    independent of each other here.
//! 2. [`merge`] applies the indexes to a tree of names, bottom first: whiteouts, opaque
//!    directories, type changes, hard links and symbolic links across layers. No file system
//!    is involved, so no name can lead out of the image. The [`Plan`] says for each member of
//!    each layer under which names it is in the result, if at all.
//! 3. [`write()`] streams the layers that have surviving members once more, into one ext4.
//!    Nothing is written that a later layer takes away.
//!
//! Everything here blocks; an asynchronous caller runs it on a thread of its own. Memory is
//! proportional to the number of names and bounded by [`Limits`].
//!
//! Sources of the rules: the OCI image specification's "Image Layer Filesystem Changeset"
//! (image-spec, layer.md), and where it is silent, what umoci 0.4.7 does as root.
//!
//! | file | role |
//! |---|---|
//! | `limits.rs` | what a hostile layer may cost |
//! | `stream.rs` | a layer's bytes: unpacked, hashed, counted, cancelled |
//! | `name.rs` | a member's name: plain, whiteout, opaque mark |
//! | `record.rs` | what an index keeps of a member, as bytes |
//! | `index.rs` | the names of one layer, compactly |
//! | `scan.rs` | [`index_layer`] |
//! | `tree.rs` | the merged names |
//! | `resolve.rs` | from a name to a directory of the tree, through symbolic links |
//! | `whiteout.rs` | what a layer takes away from those below it |
//! | `merge.rs` | [`merge`]: one member after the other |
//! | `plan.rs` | what of each layer goes where, and how much it is |
//! | `users.rs` | the image's `/etc/passwd` |
//! | `ahead.rs` | a layer unpacked on a thread of its own |
//! | `write.rs` | [`write()`], of several layers side by side |
//! | `error.rs` | what can be wrong |

mod ahead;
mod error;
mod index;
mod limits;
mod merge;
mod name;
mod plan;
mod record;
mod resolve;
mod scan;
mod stream;
mod tree;
mod users;
mod whiteout;
mod write;

pub use error::{FlattenError, IndexError, MemberProblem, MergeError, MergeProblem, NameError};
pub use index::LayerIndex;
pub use limits::Limits;
pub use merge::merge;
pub use plan::{Content, Plan};
pub use scan::{Indexed, index_layer};
pub use stream::StreamError;
pub use users::User;
pub use write::{Written, write};

/// How far the reading of a layer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Which layer, counted from the bottom; 0 while one layer is indexed.
    pub layer: usize,
    /// Bytes taken from it, as it is packed. Compare with the blob's length.
    pub packed_bytes: u64,
    /// Bytes of its archive, unpacked.
    pub unpacked_bytes: u64,
    /// Members read.
    pub entries: u64,
}
