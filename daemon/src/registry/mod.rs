//! The registry: starts VM actors, finds them by name, id or prefix, starts them again when
//! they die, and recovers them when the daemon starts.
//!
//! | file | role |
//! |---|---|
//! | `directory.rs` | pure: names, ids, prefixes, slots |
//! | `vms.rs` | creates and finds VMs |
//! | `discard.rs` | the end of a VM that nobody is to use any more |
//! | `recover.rs` | what an earlier daemon, or a dead actor, left |

mod directory;
mod discard;
mod recover;
mod vms;

pub use directory::{Directory, FindError};
pub use discard::discard;
pub use vms::{Vms, check_range};
