//! A shelf: named things that are slow to make, are used by VMs, and are kept until someone
//! removes them. Images and kernels are the two that there are.
//!
//! ```text
//! absent ── make ──> being made ──> there ── take (VM) ──> used ── release ──> there
//!    ^                   │ failed, or nobody waits any more                    │
//!    └───────────────────┴──────────────────────────────────────── remove ─────┘
//! ```
//!
//! Everybody who wants the same thing joins the same work; when the last of them goes away
//! it is cancelled. A thing is made in a directory of its own beside the shelf's things,
//! renamed into place when complete, and recorded last: what has no record is no thing, and
//! the next start removes it.
//!
//! A thing has an id and any number of names. Making it anew moves the name: VMs keep the
//! old thing, which goes when the last of them lets go of it.
//!
//! | file | role |
//! |---|---|
//! | `artifact.rs` | what images and kernels differ in |
//! | `handle.rs` | what the other rooms call |
//! | `messages.rs` | the mailbox |
//! | `start.rs` | reads the records, sweeps, starts the actor |
//! | `actor.rs` | fields; a change recorded, then seen |
//! | `make.rs` | handlers of what is made |
//! | `handlers.rs` | handlers of all else |
//! | `answer.rs` | an answer that waits for the store |
//! | `contents.rs` | pure: what is there, under which names, who uses it, what is being made |
//! | `change.rs` | what is recorded as one |
//! | `error.rs` | why a request is refused |
//! | `names.rs` | names in records |
//! | `work.rs` | waiting for something that is being made |
//! | `files.rs` | directories: made, published, swept |

mod actor;
mod answer;
mod artifact;
mod change;
mod contents;
mod error;
mod files;
mod handle;
mod handlers;
mod make;
mod messages;
mod names;
mod start;
#[cfg(test)]
mod tests;
mod work;

pub use artifact::{Artifact, Codes, Item, NotFetched, Place, Product, There, Turn};
pub use contents::IfThere;
pub use error::ShelfError;
pub use handle::ShelfHandle;
pub use names::{migrate_names, shown_name};
pub use start::{Ports, start};
pub use work::Work;
