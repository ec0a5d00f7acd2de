//! QEMU's control protocol: one JSON value a line over a Unix socket.
//! Source: <https://www.qemu.org/docs/master/interop/qmp-spec.html>.
//!
//! | file | role |
//! |---|---|
//! | `message.rs` | lines to messages and commands to lines; pure |
//! | `client.rs` | a connection: commands matched to answers by id, and why the guest shut down |

mod client;
mod message;

pub(crate) use client::{QmpClient, QmpError};
pub(crate) use message::ShutdownCause;
