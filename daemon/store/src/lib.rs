//! What the daemon remembers: versioned records in typed trees, durable when acknowledged.
//!
//! ```
//! use banger_store::{Record, Store};
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct VmRecord { name: String }
//! impl Record for VmRecord {
//!     const TREE: &'static str = "vms";
//!     const VERSION: u16 = 1;
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let store = Store::in_memory()?;
//! store.put("4f1c", &VmRecord { name: "box".into() }).await?; // on disk from here on
//! let found: Option<VmRecord> = store.get("4f1c").await?;
//! assert_eq!(found.unwrap().name, "box");
//! # Ok::<(), banger_store::StoreError>(()) }).unwrap();
//! ```
//!
//! One thread owns the database; a [`Store`] is a cheap handle that sends it requests and
//! awaits the answers, so that nothing blocks an actor. Requests are served in the order in
//! which they arrive. Those that wait together are served together and share one fsync; none
//! of them is answered before it, so that nobody acts on what a power cut could take back.
//!
//! A write that fails may be on disk or not, in part even, and nothing is known of later ones:
//! none is made any more. Where it was space that was missing, the next write for which there is
//! some opens the database anew, takes back all that was said to have failed, and goes on; after
//! any other failure the daemon has to be restarted. For deletions some space is set aside: they
//! are what makes room.
//!
//! A value is its record's schema version, 2 bytes big-endian, then the record as JSON. An
//! older version is migrated when it is read and stays as it is until the next `put`; a newer
//! one is refused.
//!
//! | file | what it does |
//! |---|---|
//! | `record.rs` | the `Record` trait; records to bytes and back |
//! | `store.rs` | the handle: get, list, put, delete, commit |
//! | `batch.rs` | changes that happen together or not at all |
//! | `owner/` | the thread: order, grouping, fsync, going on after a full disk |
//! | `export.rs` | all records as one JSON document, and back |
//! | `backend/` | what an owner needs; sled, and an in-memory twin |
//! | `directory.rs` | the directory: its lock, its mode, its left-overs, its marker |
//! | `reserve.rs` | space set aside for deletions on a full disk |
//! | `error.rs` | what can go wrong |

mod backend;
mod batch;
mod directory;
mod error;
mod export;
mod owner;
mod record;
mod reserve;
mod store;

pub use batch::Batch;
pub use error::{RecordError, RecordProblem, StoreError};
pub use export::{EXPORT_FORMAT, Export, ExportedRecord};
pub use record::{MAX_KEY, MAX_RECORD, Record};
pub use store::{Entry, Store};
