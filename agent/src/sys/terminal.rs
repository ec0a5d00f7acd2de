//! Pseudo terminals (pty(7)).

use std::{
    io,
    os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd},
};

use banger_agent_protocol::exec::TerminalSize;
use nix::{fcntl::OFlag, pty};

/// Both ends of a new pseudo terminal, close-on-exec.
pub struct Pair {
    /// The agent's end.
    pub master: OwnedFd,
    /// The command's end.
    pub slave: OwnedFd,
}

/// Makes a pseudo terminal of that size.
///
/// # Errors
/// When /dev/ptmx is missing or the kernel has no terminal left.
pub fn open(size: TerminalSize) -> io::Result<Pair> {
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let master = pty::posix_openpt(flags)?;
    pty::unlockpt(&master)?;
    // TIOCGPTPEER needs no path under /dev/pts (ioctl_tty(2)).
    // SAFETY: the call takes two integers and returns a new descriptor or -1.
    let slave = unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCGPTPEER, flags.bits()) };
    if slave < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just made this descriptor for us; nobody else owns it.
    let slave = unsafe { OwnedFd::from_raw_fd(slave) };
    let master = OwnedFd::from(master);
    resize(&master, size)?;
    Ok(Pair { master, slave })
}

/// Changes the size; the foreground process group gets SIGWINCH.
///
/// # Errors
/// When `master` is no terminal.
pub fn resize(master: impl AsFd, size: TerminalSize) -> io::Result<()> {
    let size = libc::winsize {
        ws_row: size.rows,
        ws_col: size.columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: the structure lives over the call.
    let result = unsafe { libc::ioctl(master.as_fd().as_raw_fd(), libc::TIOCSWINSZ, &size) };
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// How many bytes can be read right now (ioctl_tty(2), pipe(7): FIONREAD).
///
/// # Errors
/// When the descriptor is neither pipe nor terminal.
pub fn readable_bytes(fd: impl AsFd) -> io::Result<usize> {
    let mut count: libc::c_int = 0;
    // SAFETY: the kernel writes one int, which lives over the call.
    let result = unsafe { libc::ioctl(fd.as_fd().as_raw_fd(), libc::FIONREAD, &mut count) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(usize::try_from(count).unwrap_or(0))
}
