//! HTTP: verifies, converts, calls one handle, maps the error. Nothing else.
//!
//! | file | role |
//! |---|---|
//! | `routes.rs` | the table of contents |
//! | `openapi.rs` | the document |
//! | `failure.rs` | errors as responses |
//! | `input.rs` | bodies and parameters that are not what they should be |
//! | `peer.rs` | who may speak to the socket |
//! | `progress.rs` | operations and events as server-sent events |
//! | `daemon.rs` `kernels.rs` `images/` `builds.rs` `registries.rs` `vms.rs` `operations.rs` `events.rs` | a noun each |
//! | `hold.rs` | VMs that are there for one client only |
//! | `exec.rs` `attach.rs` | commands: answers as events, or a WebSocket |
//! | `files.rs` `logs.rs` | streams of a VM |
//! | `server.rs` | the socket |

mod attach;
mod builds;
mod daemon;
mod events;
mod exec;
mod failure;
mod files;
mod hold;
mod images;
mod input;
mod kernels;
mod logs;
mod openapi;
mod operations;
mod peer;
mod progress;
mod registries;
mod routes;
pub mod server;
mod vms;

pub use failure::Failure;
pub use openapi::document;
