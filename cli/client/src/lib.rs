//! The client of the API, over the daemon's Unix socket.
//!
//! Requests with an answer are generated from the OpenAPI document and reached through
//! [`Client::api`]; what streams is written by hand and a method of [`Client`]. The wire types
//! are those of `banger_api`.
//!
//! | file | role |
//! |---|---|
//! | `generated.rs` | every request, by `make openapi` from `openapi/openapi.json` |
//! | `connect.rs` | the client and its socket |
//! | `error.rs` | all that can go wrong, in one type |
//! | `events.rs` | server-sent events: operations, and everything that changes |
//! | `exec.rs` | commands with input, a terminal and signals, over a WebSocket |
//! | `hold.rs` | VMs that are there for this client only |
//! | `websocket.rs` | the WebSocket's handshake |
//! | `files.rs` `images.rs` `logs.rs` | streams of bytes in and out |
//! | `upload.rs` | tells a stream that failed from a daemon that did |
//!
//! ```no_run
//! use banger_client::{Client, ClientError};
//!
//! # async fn example() -> Result<(), ClientError> {
//! let client = Client::connect("/run/user/1000/banger/banger.sock").await?;
//! for vm in client.api().list_vms().send().await?.into_inner().vms {
//!     println!("{} {:?}", vm.name, vm.state);
//! }
//! let request = banger_api::CreateVm::default();
//! let operation = client.api().create_vm().body(request).send().await?.into_inner();
//! client.follow(&operation.id, true, |now| println!("{}", now.stage)).await?;
//! # Ok(())
//! # }
//! ```

mod connect;
mod error;
mod events;
mod exec;
mod files;
#[allow(missing_docs, unused_imports, clippy::all, clippy::unwrap_used)]
#[rustfmt::skip]
mod generated;
mod hold;
mod images;
mod logs;
mod upload;
mod websocket;

pub use banger_api as types;
pub use connect::Client;
pub use error::ClientError;
pub use exec::{ExecEvent, ExecInput, ExecOutput, ExecSession};
pub use generated::{Client as Api, builder, types::GetLogsSource as LogSource};
pub use hold::Hold;
pub use images::BuildRequest;
pub use logs::LogQuery;
