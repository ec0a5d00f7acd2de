//! A process in a session of its own.

use std::{io, os::unix::process::CommandExt, process::Command};

/// Lets the command begin in a session of its own, so that neither this terminal's signals
/// nor its end reach it.
pub fn in_own_session(command: &mut Command) {
    let begin = || nix::unistd::setsid().map(drop).map_err(io::Error::from);
    // SAFETY: between fork and exec only async-signal-safe functions may be called. setsid(2)
    // is one (signal-safety(7)), and making an io::Error of a number allocates nothing.
    unsafe {
        command.pre_exec(begin);
    }
}
