//! The daemon: VMs, images and kernels as actors behind a REST API on a Unix socket.
//!
//! A request goes `http/` -> a room's `handle.rs` -> its actor -> its `effects/` -> the
//! crates and `guest/`. Rooms are described in their own `mod.rs`; `docs/map.md` tells which
//! feature lives in which.

pub mod app;
pub mod doctor;
pub mod error;
pub mod event;
pub mod guest;
pub mod http;
pub mod id;
pub mod image_build;
pub mod image_cache;
pub mod kernel_catalog;
pub mod log_file;
pub mod operation;
pub mod registry;
pub mod shelf;
pub mod shutdown;
pub mod startup;
pub mod storage;
mod utf8;
pub mod vm;
pub mod web;
