//! Images: a file for each verb.
//!
//! | file | role |
//! |---|---|
//! | `list.rs` | all of them, or one |
//! | `pull.rs` | of a registry, or of the catalog |
//! | `import.rs` `export.rs` | archives |
//! | `register.rs` `promote.rs` | files that stay where they are, and that do so no more |
//! | `commit.rs` | of a VM |
//! | `tag.rs` `delete.rs` `prune.rs` | names, and what has none |
//! | `disk.rs` | how large VMs' disks can be |
//! | `taken.rs` | names that are taken already |

pub mod commit;
pub mod delete;
mod disk;
pub mod export;
pub mod import;
pub mod list;
pub mod promote;
pub mod prune;
pub mod pull;
pub mod register;
pub mod tag;
mod taken;

pub use delete::Force;
pub(super) use disk::check_disk;
pub(super) use taken::{if_there, replaceable};
