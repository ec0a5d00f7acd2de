//! The kernel catalog: kernels that VMs can boot, a [`shelf`](crate::shelf) of them.
//!
//! | file | role |
//! |---|---|
//! | `record.rs` | what is stored of a kernel |
//! | `artifact.rs` | how kernels are made |
//! | `fetch.rs` | kernels from addresses |
//! | `published.rs` | pure: a published catalog |

mod artifact;
mod fetch;
mod published;
mod record;

pub use artifact::{KernelRecipe, Kernels};
pub use fetch::{catalog, expected};
pub use published::PublishedKernel;
pub use record::KernelRecord;
