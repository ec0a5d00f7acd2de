//! Operations: everything slow has an id, stages, progress, an end and a cancel.
//!
//! | file | role |
//! |---|---|
//! | `registry.rs` | finds operations, cancels them, forgets old ones |
//! | `reporter.rs` | what the one who does the work holds |
//! | `output.rs` | what an operation's programs write |

mod output;
mod registry;
mod reporter;

pub use output::{Output, OutputReader};
pub use registry::{OperationError, Operations};
pub use reporter::Reporter;
