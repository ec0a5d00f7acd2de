//! Copying files and directories between this host and a VM.
//!
//! As with cp(1): a file or directory goes into a directory that exists, a directory becomes
//! one that does not, and `DIR/.` means its contents.
//!
//! | file | duty |
//! |---|---|
//! | `place.rs` | `PATH`, `VM:PATH` or `-`; pure |
//! | `target.rs` | where something lands, and under which name; pure |
//! | `probe.rs` | what lies at a guest's path |
//! | `list.rs` | what is sent of this host |
//! | `send.rs` | from this host to a VM |
//! | `receive.rs` | from a VM to this host |
//! | `destination.rs` | the directory of this host that bounds what a guest sends |
//! | `extract.rs` | a guest's archive into that directory |
//! | `member.rs` | names in a guest's archive; pure |
//! | `error.rs` | why it failed |

mod destination;
mod error;
mod extract;
pub mod list;
mod member;
mod place;
mod probe;
mod receive;
mod send;
mod target;

pub use self::{
    error::CopyError,
    extract::Extracted,
    place::{Place, place},
    probe::check_directory,
    receive::receive,
    send::send,
};
