//! Byte streams between host and guest.

use std::path::PathBuf;

use tokio::net::{UnixListener, UnixStream};

/// How the host dials a guest. Cheap to copy, valid as long as the machine runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuestChannel {
    /// A Unix socket that takes `CONNECT <port>\n` and answers `OK <n>\n`, as Firecracker
    /// and vhost-device-vsock do.
    /// Source: <https://github.com/firecracker-microvm/firecracker/blob/main/docs/vsock.md>.
    Unix {
        /// The socket.
        path: PathBuf,
    },
}

/// Where a guest's connections to one port of the host arrive.
#[derive(Debug)]
pub enum GuestListener {
    /// The socket `<path>_<port>` beside the one that the host dials.
    Unix(UnixListener),
}

/// An open connection.
pub type GuestStream = UnixStream;
