//! What several fuzz targets have in common.
//!
//! | file | role |
//! |---|---|
//! | `words.rs` | an input as a row of small choices |
//! | `layers.rs` | layers made of them, and what holds for every merge |

mod layers;
mod words;

pub use layers::{layer_of, merge_all, small_limits};
pub use words::Words;
