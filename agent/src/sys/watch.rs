//! Watching descriptors.

use std::{io, os::fd::OwnedFd};

use tokio::io::{Interest, unix::AsyncFd};

/// Has the runtime watch a descriptor, which should be non-blocking.
///
/// # Errors
/// When it cannot be watched, as regular files cannot.
pub fn watch(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an OwnedFd is open, stays the same descriptor, and is closed only when the
    // AsyncFd that owns it is dropped or gives it back.
    unsafe { AsyncFd::register_with_interest(fd, interest) }.map_err(io::Error::from)
}
