//! Images as other programs see them: e2fsck finds nothing to complain about, and debugfs
//! reads back what the archive said. Neither needs root or a mount.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod gnu_tar;
mod hostile;
mod packed;
mod property;
mod round_trip;
mod support;
mod symlinks;
mod template;
