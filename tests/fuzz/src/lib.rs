//! What several fuzz targets, and the seeds they begin with, have in common.
//!
//! | file | role |
//! |---|---|
//! | `words.rs` | an input as a row of small choices |
//! | `layers.rs` | layers made of them, and what holds for every merge |
//! | `fabricate.rs` | archives, packages and kernels around any content |

mod fabricate;
mod layers;
mod words;

pub use fabricate::{ar, bzimage_of_payload, cpio, elf, gzip, rpm, tar};
pub use layers::{layer_of, merge_all, small_limits};
pub use words::Words;
