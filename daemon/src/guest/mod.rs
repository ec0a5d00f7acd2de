//! The daemon's side of the conversations with the agent in a guest. What a guest says is
//! untrusted: frames are bounded, text is shown and never acted upon.
//!
//! | file | role |
//! |---|---|
//! | `connection.rs` | dials the agent; one connection, one conversation |
//! | `link.rs` | a stream that ends so that the guest notices |
//! | `hello.rs` | makes a booting guest ready |
//! | `request.rs` | questions with one answer |
//! | `exec.rs` | a running command |
//! | `files.rs` | tar streams in and out |
//! | `window.rs` | how much of a stream may be on its way |

pub mod connection;
pub mod exec;
pub mod files;
pub mod hello;
mod link;
pub mod request;
mod window;

pub use connection::{Connection, GuestError};
