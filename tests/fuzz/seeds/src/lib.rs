//! Archives, packages and kernels around any content: for seeds, and for targets that pack
//! their input. The program beside this library writes the seeds.
//!
//! | file | role |
//! |---|---|
//! | `fabricate.rs` | all of the library |
//! | `main.rs` | the program: writes each target's seeds |
//! | `archives.rs`, `documents.rs`, `kernels.rs`, `layers.rs` | the seeds, by what they are |

mod fabricate;

pub use fabricate::{ar, bzimage, bzimage_of_payload, cpio, elf, gzip, rpm, tar};
