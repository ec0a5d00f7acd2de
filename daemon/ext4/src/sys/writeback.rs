//! Dirty pages on their way to the disk before anybody waits for them.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use nix::libc::{SYNC_FILE_RANGE_WRITE, sync_file_range};

/// Begins to write all dirty pages of a file and does not wait: a later fsync finds less to
/// do. Nothing is durable by this alone (sync_file_range(2)).
///
/// # Errors
/// Where an earlier write has failed, or the file is no file.
pub fn begin_writeback(file: &File) -> io::Result<()> {
    // SAFETY: the descriptor is open for the length of the call, which takes numbers only.
    // Offset 0 and length 0 are the whole file.
    let result = unsafe { sync_file_range(file.as_raw_fd(), 0, 0, SYNC_FILE_RANGE_WRITE) };
    match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
