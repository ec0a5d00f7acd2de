//! Registries: whom to ask, how, and what to do when it does not go well.
//!
//! ```text
//! Reference ─ endpoints (mirrors, then the registry) ─ session ─ request ─┬─ resolve
//!                                                       │                 └─ download
//!                                              authorization, credentials
//! ```
//!
//! [`Puller::resolve`] turns a reference into an image without its layers,
//! [`Puller::fetch`] puts all of it into a [`BlobStore`]. Both try every endpoint in its
//! turn, and each again where that may help; what comes is never trusted, only its digest.
//!
//! | file or folder | role |
//! |---|---|
//! | `puller.rs` | [`Puller`]: the two calls, and what they share |
//! | `endpoint.rs` | pure: which servers may have an image, and how they are spoken to |
//! | `http.rs` | HTTP clients: TLS, certificate authorities, time-outs |
//! | `session.rs` | one repository of one server: a request, authorized |
//! | `challenge.rs` | pure: what a registry asks for |
//! | `identity.rs` | an identity token for an access token |
//! | `answer.rs` | answers that are no success, as errors |
//! | `classify.rs` | failures of the connection, as errors |
//! | `retry.rs` | when to try again, and how long to wait |
//! | `resolve.rs` | manifests and configurations |
//! | `download/` | one blob into the store, resumed |
//! | `credentials/` | who the user is: docker's configuration, our own store |
//! | `login.rs` | asks a registry whether it takes a password |
//! | `event.rs` | what a caller is told meanwhile |
//! | `error.rs` | what can fail, and what to do about it |
//!
//! [`BlobStore`]: crate::blobs::BlobStore

mod answer;
mod challenge;
mod classify;
pub mod credentials;
mod download;
mod endpoint;
mod error;
mod event;
mod http;
mod identity;
mod login;
mod puller;
mod resolve;
mod retry;
mod session;

pub use banger_config::RegistrySettings;
pub use error::RegistryError;
pub use event::{Event, Report};
pub use http::install_crypto_provider;
pub use puller::{Fetched, Options, Puller, Resolved, Timing};
