//! Pure: (state, input) -> (state, effects). Every pair is listed; a wildcard would hide
//! tomorrow's mistake.
//!
//! | file | role |
//! |---|---|
//! | `words.rs` | what comes in, and what is done for it |
//! | `command.rs` | what somebody wants |
//! | `outcome.rs` | what became of an effect, or of the machine |

mod command;
mod outcome;
#[cfg(test)]
mod tests;
mod words;

pub use command::command;
pub use outcome::outcome;
pub use words::{Admission, Command, Denial, Effect, Facts, Outcome};
