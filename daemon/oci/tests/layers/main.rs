//! Layers as one ext4: the same as `umoci` makes of them, and safe whatever is in them.
//!
//! - `differential.rs` random layers, by us and by umoci
//! - `tar.rs`          archives, honest or not; `stack.rs` random ones
//! - `umoci.rs`        an OCI layout, unpacked by umoci
//! - `flat.rs`         the same layers by us
//! - `tree.rs`         a directory tree as a value to compare
//! - `scratch.rs`      a place for mounts that leaves nothing behind

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod differential;
mod flat;
mod scratch;
mod side_by_side;
mod stack;
mod tar;
mod tree;
mod umoci;
