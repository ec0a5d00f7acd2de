//! The child's side of a fork: what it gives up before it becomes a VMM.

use std::io;
use std::os::fd::{BorrowedFd, RawFd};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::libc;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Gid, Uid, setgid, setgroups, setsid, setuid};

/// What a child becomes.
pub(crate) struct ChildPlan {
    /// Descriptors that stay open over exec, under their own numbers.
    pub(crate) inherited: Vec<RawFd>,
    /// The user to become; the parent's own where absent.
    pub(crate) identity: Option<Identity>,
}

/// A user to become.
pub(crate) struct Identity {
    /// Its user id.
    pub(crate) uid: Uid,
    /// Its group id.
    pub(crate) gid: Gid,
    /// All of its supplementary groups.
    pub(crate) groups: Vec<Gid>,
}

/// Makes `command` carry out `plan` in the child: a session of its own, no core dump, files
/// for itself only, no descriptor but those named, the identity, and no way back.
pub(crate) fn confine(command: &mut tokio::process::Command, plan: ChildPlan) {
    let apply = move || apply(&plan);
    // SAFETY: between fork and exec only async-signal-safe system calls are made, nothing is
    // allocated and no lock is taken: `plan` was built before, and every error is an errno.
    unsafe { command.pre_exec(apply) };
}

fn apply(plan: &ChildPlan) -> io::Result<()> {
    setsid()?;
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    umask(Mode::from_bits_truncate(0o077));
    close_all_on_exec()?;
    for &fd in &plan.inherited {
        // SAFETY: the parent keeps these open until the child has started.
        let fd = unsafe { BorrowedFd::borrow_raw(fd) };
        fcntl(fd, FcntlArg::F_SETFD(FdFlag::empty()))?;
    }
    if let Some(identity) = &plan.identity {
        setgroups(&identity.groups)?;
        setgid(identity.gid)?;
        setuid(identity.uid)?;
    }
    nix::sys::prctl::set_no_new_privs()?;
    Ok(())
}

/// Whatever the daemon has open, the child does not get it.
fn close_all_on_exec() -> io::Result<()> {
    // SAFETY: close_range(2) takes three integers; with this flag it closes nothing now.
    let result = unsafe {
        libc::syscall(
            libc::SYS_close_range,
            3u32,
            u32::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        )
    };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
