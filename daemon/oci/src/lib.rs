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
//! | `flatten/` | layers: indexed, merged by name, written once |
//! | `registry/` | registries: references, credentials, manifests, layers |

pub mod flatten;
pub mod registry;
