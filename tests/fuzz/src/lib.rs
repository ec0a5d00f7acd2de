//! What several fuzz targets have in common.
//!
//! | file | role |
//! |---|---|
//! | `checksums.rs` | mutations that leave a tar's headers readable |
//! | `directory.rs` | what a target has left on disk |
//! | `json.rs` | mutations that leave JSON readable |
//! | `words.rs` | an input as a row of small choices |
//! | `layers.rs` | layers made of them, and what holds for every merge |

mod checksums;
mod directory;
mod json;
mod layers;
mod words;

pub use checksums::mutate;
pub use directory::names;
pub use json::mutate_json;
pub use layers::{layer_of, merge_all, small_limits};
pub use words::Words;
