//! A VM: an actor of its own, from its creation to its deletion.
//!
//! ```text
//!             Create            prepared             ready
//!   (nothing) ──────> creating ──────────> starting ───────> running
//!                        │                 │  ^  │              │ Stop, Restart,
//!                 failed │  failed, first  │  │  │ failed       │ Delete
//!                        v  boot           │  │  v              v
//!   (nothing) <────── deleting <───────────┘  stopped <──── stopping
//!                        ^        Delete         │  Start      │
//!                        └───────────────────────┴─────────────┘
//! ```
//!
//! A VM whose creation failed, or was cancelled, is removed again; one that was complete once
//! stays, stopped, with the reason.
//!
//! | file | role |
//! |---|---|
//! | `handle.rs` | what the other rooms call |
//! | `messages.rs` | the mailbox |
//! | `state.rs` | the state, and the record that is stored |
//! | `transitions/` | pure: (state, input) -> (state, effects) |
//! | `actor.rs` | fields, start, stop, recovery |
//! | `handlers.rs` | check, transition, persist, start effects |
//! | `snapshot.rs` | what readers see |
//! | `effects/prepare.rs` | image, kernel, disks |
//! | `effects/boot.rs` | VMM, hello, watchdog |
//! | `effects/power_off.rs` | a clean end with a deadline |
//! | `effects/end_machine.rs` | processes of a machine that nobody holds any more |
//! | `effects/unless_panicked.rs` | a fault of the daemon becomes an error |
//! | `effects/remove.rs` | everything that it had |

mod actor;
#[cfg(test)]
mod actor_tests;
mod effects;
mod handle;
mod handlers;
mod messages;
mod snapshot;
mod state;
mod transitions;

pub use actor::{Recovery, VmActor, VmPorts};
pub(crate) use effects::end_process;
pub use handle::VmHandle;
pub use snapshot::VmSnapshot;
pub use state::{Phase, VmRecord};
