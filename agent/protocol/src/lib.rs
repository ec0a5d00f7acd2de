//! What the daemon and the agent in a guest say to each other over vsock.
//!
//! Everything is a [`Frame`]: a length, a kind and a payload. Control frames carry JSON,
//! the others raw bytes. One connection serves one conversation and is then closed.
//!
//! # Becoming ready (the guest dials the host, [`HELLO_PORT`])
//!
//! ```text
//! guest                                host
//!   │ Hello (version, boot id)          │   as soon as vsock works
//!   │──────────────────────────────────>│
//!   │              Configure (settings) │
//!   │<──────────────────────────────────│
//!   │ mounts, network, keys, clock      │
//!   │ Ready | Failed                    │
//!   │──────────────────────────────────>│   both close
//! ```
//!
//! # Requests (the host dials the guest, [`AGENT_PORT`])
//!
//! ```text
//! host                                 guest
//!   │ Request                           │
//!   │──────────────────────────────────>│
//!   │ data frames, as the request says  │
//!   │<─────────────────────────────────>│
//!   │                     Reply | Error │
//!   │<──────────────────────────────────│
//! ```
//!
//! Neither side trusts the other: lengths are bounded before memory is taken
//! ([`frame::MAX_PAYLOAD`]), unknown kinds and malformed JSON end the conversation.

pub mod attributes;
pub mod config;
pub mod exec;
pub mod facts;
pub mod files;
pub mod frame;
pub mod hello;
pub mod request;

pub use frame::{Frame, FrameCodec, FrameError, FrameKind};

/// The version of this protocol. The agent is built into the initramfs by the daemon that
/// talks to it, so they differ only while a VM outlives an upgrade of the daemon.
pub const VERSION: u32 = 2;

/// The oldest version of the agent that this daemon still talks to.
pub const OLDEST_SUPPORTED_VERSION: u32 = 2;

/// The vsock port on the host (CID 2) that a booting guest dials.
pub const HELLO_PORT: u32 = 1024;

/// The vsock port in the guest on which the agent answers requests.
pub const AGENT_PORT: u32 = 1025;
