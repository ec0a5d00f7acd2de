//! The kernel catalog: kernels that VMs can boot, a [`shelf`](crate::shelf) of them.
//!
//! | file | role |
//! |---|---|
//! | `record.rs` | what is stored of a kernel |
//! | `artifact.rs` | how kernels are made |

mod artifact;
mod record;

pub use artifact::{KernelRecipe, Kernels};
pub use record::KernelRecord;
