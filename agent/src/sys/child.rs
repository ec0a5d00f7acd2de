//! What a new process does between fork and exec, where only async-signal-safe calls are
//! allowed: no allocation, no locks.

use std::{ffi::CString, io, os::unix::process::CommandExt, process::Command};

/// Who a command runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// User id.
    pub uid: u32,
    /// Primary group id.
    pub gid: u32,
    /// Supplementary group ids.
    pub groups: Vec<u32>,
}

/// The state in which a command begins.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Who it runs as.
    pub identity: Identity,
    /// Where it runs.
    pub working_dir: CString,
    /// Whether its standard input is the terminal that it is to control.
    pub terminal: bool,
}

/// The step that failed, told to the parent through the error number: the only thing that
/// passes from a child before exec. Kernel error numbers end at 4095.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedStep {
    /// Session, terminal, user and groups.
    Setup,
    /// Entering the working directory.
    WorkingDir,
    /// Executing the program.
    Exec,
}

const SETUP: i32 = 1 << 16;
const WORKING_DIR: i32 = 2 << 16;

/// Splits an error of [`Command::spawn`] into the step and the kernel's error.
pub fn failed_step(error: io::Error) -> (FailedStep, io::Error) {
    match error.raw_os_error() {
        Some(number) if number >= WORKING_DIR => (
            FailedStep::WorkingDir,
            io::Error::from_raw_os_error(number - WORKING_DIR),
        ),
        Some(number) if number >= SETUP => (
            FailedStep::Setup,
            io::Error::from_raw_os_error(number - SETUP),
        ),
        Some(_) | None => (FailedStep::Exec, error),
    }
}

/// The last error of this thread, marked with the step.
fn marked(step: i32) -> io::Error {
    let number = io::Error::last_os_error()
        .raw_os_error()
        .unwrap_or(libc::EINVAL);
    io::Error::from_raw_os_error(step + number)
}

/// Makes `command` begin as `setup` says: a session of its own, default signals, no stray
/// descriptors, an ordinary target of the out-of-memory killer.
pub fn begin_as(command: &mut Command, setup: Setup) {
    let begin = move || {
        reset_signals();
        // SAFETY: these calls take integers or pointers to data that the closure owns, and
        // are async-signal-safe.
        unsafe {
            if libc::setsid() < 0 {
                return Err(marked(SETUP));
            }
            if setup.terminal && libc::ioctl(0, libc::TIOCSCTTY, 0) < 0 {
                return Err(marked(SETUP));
            }
            libc::umask(0o022);
            // Older kernels cannot mark the rest close-on-exec; all of ours already are.
            libc::syscall(
                libc::SYS_close_range,
                3,
                libc::c_uint::MAX,
                libc::CLOSE_RANGE_CLOEXEC,
            );
        }
        reset_oom_score();
        reset_limits();
        take_identity(&setup.identity)?;
        // SAFETY: the path is a C string owned by the closure.
        if unsafe { libc::chdir(setup.working_dir.as_ptr()) } < 0 {
            return Err(marked(WORKING_DIR));
        }
        Ok(())
    };
    // SAFETY: `begin` allocates nothing, takes no lock and only makes async-signal-safe calls.
    unsafe { command.pre_exec(begin) };
}

/// Ignored signals stay ignored over exec; the agent ignores some.
fn reset_signals() {
    for number in 1..=64 {
        // SAFETY: SIG_DFL runs no code of ours. Fails for SIGKILL, SIGSTOP and the numbers
        // that the C library keeps, which is right.
        unsafe { libc::signal(number, libc::SIG_DFL) };
    }
    // SAFETY: the set is initialised by sigemptyset before it is read.
    unsafe {
        let mut none = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &none, std::ptr::null_mut());
    }
}

/// The agent is exempt from the out-of-memory killer; commands are not.
fn reset_oom_score() {
    // SAFETY: the strings are static; a descriptor that could not be opened is not used.
    unsafe {
        let fd = libc::open(
            c"/proc/self/oom_score_adj".as_ptr(),
            libc::O_WRONLY | libc::O_CLOEXEC,
        );
        if fd >= 0 {
            libc::write(fd, c"0".as_ptr().cast(), 1);
            libc::close(fd);
        }
    }
}

/// Open files as after a login on a systemd system: 1,024, which a program may raise.
fn reset_limits() {
    let limit = libc::rlimit {
        rlim_cur: 1024,
        rlim_max: 512 * 1024,
    };
    // SAFETY: the structure lives over the call. Refused to unprivileged callers, who keep
    // what they have.
    unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) };
}

fn take_identity(identity: &Identity) -> io::Result<()> {
    // SAFETY: the list of groups lives over the call and its length is given.
    unsafe {
        // Without privileges only the own user is possible, and nothing is to be done.
        if libc::geteuid() != 0 && libc::geteuid() == identity.uid {
            return Ok(());
        }
        if libc::setgroups(identity.groups.len(), identity.groups.as_ptr()) < 0
            || libc::setgid(identity.gid) < 0
            || libc::setuid(identity.uid) < 0
        {
            return Err(marked(SETUP));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marked_error_comes_back_with_its_step() {
        let (step, error) = failed_step(io::Error::from_raw_os_error(WORKING_DIR + libc::EACCES));
        assert_eq!(step, FailedStep::WorkingDir);
        assert_eq!(error.raw_os_error(), Some(libc::EACCES));
        let (step, error) = failed_step(io::Error::from_raw_os_error(SETUP + 4095));
        assert_eq!(
            (step, error.raw_os_error()),
            (FailedStep::Setup, Some(4095))
        );
    }

    #[test]
    fn a_plain_error_is_of_exec() {
        let (step, error) = failed_step(io::Error::from_raw_os_error(libc::ENOENT));
        assert_eq!(
            (step, error.raw_os_error()),
            (FailedStep::Exec, Some(libc::ENOENT))
        );
    }
}
