//! Images of this machine: an OCI layout or archive, and what `docker save` writes.
//!
//! ```text
//! tar ──recognize──> root file system          (not ours)
//!         └────────> spool ──> blob store ──> layout, docker ──> Image
//! Image ──> write ──> OCI archive
//! ```
//!
//! A tar is read in one pass: each file goes into the blob store under its digest as it
//! comes, and what the files mean is found out at the end, for the index may come last.
//! Names in the archive are only ever looked up, never opened.
//!
//! | file | role |
//! |---|---|
//! | `recognize.rs` | pure: whether a tar begins like an image |
//! | `spool.rs` | a tar's files into the blob store |
//! | `read.rs` | [`read`]: the whole way |
//! | `layout.rs` | `index.json` into an image (image specification 1.1, image-layout.md) |
//! | `docker.rs` | `manifest.json` into an image (docker's image specification 1.2) |
//! | `name.rs` | pure: what an image is called in there |
//! | `write.rs` | [`write()`]: an image into an OCI archive |
//! | `layer.rs` | a layer that is made: a tar packed, with its digests |
//! | `error.rs` | what can be wrong with them |

mod docker;
mod error;
mod layer;
mod layout;
mod name;
mod read;
mod recognize;
mod spool;
#[cfg(test)]
mod tests;
mod write;

pub use error::LocalError;
pub use layer::{LayerWriter, MadeLayer};
pub use read::{Local, read};
pub use recognize::{START, is_image};
pub use write::{Content, write};
