//! Images from registries: Debian's own, and one that fails on purpose.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[path = "registry/faults.rs"]
mod faults;
#[path = "registry/puller.rs"]
mod puller;
#[path = "registry/pulls.rs"]
mod pulls;
