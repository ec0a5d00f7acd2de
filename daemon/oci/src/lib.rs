//! OCI images: where they come from, and how their layers become one root file system.
//!
//! ```text
//! reference ──> registry ──┐
//!                          ├──> blobs (by digest) ──> flatten ──> one ext4
//! layout, archive, save ───┘
//! ```
//!
//! | folder or file | role |
//! |---|---|
//! | `reference.rs` | image references, as docker reads them |
//! | `digest.rs` | digests: what content is named by |
//! | `manifest/` | pure: indexes, manifests, configurations |
//! | `blobs/` | the blob store: content by digest, in a directory |
//! | `registry/` | registries: endpoints, credentials, resolve and fetch |
//! | `local/` | layouts, archives and what `docker save` writes: read, and written |
//! | `flatten/` | layers: indexed, merged by name, written once |

pub mod blobs;
pub mod digest;
pub mod flatten;
pub mod local;
pub mod manifest;
pub mod reference;
pub mod registry;
