//! Suites of tests of the whole. Each test has a home of its own, and reads as a sentence.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod archives;
mod command_line;
mod curl;
mod daemon;
mod demo;
mod distributions;
mod docker;
mod exec;
mod files;
mod full_disk;
mod hostile_layers;
mod image_build;
mod images;
mod interruption;
mod kernels;
mod lifecycle;
mod registries;
mod run;
mod shelf;
mod strangers;
