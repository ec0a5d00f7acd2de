//! FICLONE: a copy that shares its blocks until one side is written.
//!
//! Source: ioctl_ficlonerange(2).

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

nix::ioctl_write_int!(ficlone, 0x94, 9);

/// Makes `destination` share all of `source`'s blocks.
///
/// # Errors
/// Where the file system cannot (`EOPNOTSUPP`, `EINVAL`, `ENOTTY`) or the two are not on
/// the same one (`EXDEV`).
pub fn reflink(source: &File, destination: &File) -> io::Result<()> {
    let source = nix::sys::ioctl::ioctl_param_type::try_from(source.as_raw_fd())
        .map_err(io::Error::other)?;
    // SAFETY: both descriptors are open for the length of the call, and the ioctl takes the
    // source's descriptor by value.
    unsafe { ficlone(destination.as_raw_fd(), source) }?;
    Ok(())
}
