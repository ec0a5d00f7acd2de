//! Forking, naming, waiting for and signalling processes.

use std::{
    io,
    os::fd::{FromRawFd, OwnedFd},
};

use nix::unistd::{ForkResult, Pid};

/// What the server is called. The leading `@` makes systemd spare it when it kills all
/// processes before power off (<https://systemd.io/ROOT_STORAGE_DAEMONS>).
const SERVER_NAME: &[u8] = b"@banger-agent\0";

/// Splits this process in two.
///
/// Legal only while it has a single thread: boot joins its threads before.
///
/// # Errors
/// When the kernel has no process or memory left.
pub fn fork() -> io::Result<ForkResult> {
    // SAFETY: the caller has a single thread, so that no lock can be held by a thread that
    // does not exist in the child.
    unsafe { nix::unistd::fork() }.map_err(io::Error::from)
}

/// Shows [`SERVER_NAME`] as this process's command line.
///
/// # Errors
/// When the kernel refuses (it asks for CAP_SYS_RESOURCE).
pub fn take_server_name() -> io::Result<()> {
    nix::sys::prctl::set_name(c"banger-agent")?;
    // On the heap and never freed: the kernel shows anonymous memory only.
    let name: &'static [u8] = Box::leak(Box::<[u8]>::from(SERVER_NAME));
    let start = name.as_ptr() as libc::c_ulong;
    let end = start + name.len() as libc::c_ulong;
    // The kernel wants start <= end after each step; the heap lies below the stack, where the
    // old arguments are, so the start goes first.
    for (field, address) in [
        (libc::PR_SET_MM_ARG_START, start),
        (libc::PR_SET_MM_ARG_END, end),
    ] {
        // SAFETY: the addresses lie in memory that is never freed; the kernel only reads it,
        // for /proc/self/cmdline.
        let result = unsafe { libc::prctl(libc::PR_SET_MM, field, address, 0, 0) };
        if result != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// A descriptor that becomes readable when the process has ended (pidfd_open(2)).
///
/// # Errors
/// When there is no such process, or the kernel is older than 5.3.
pub fn open_pidfd(pid: Pid) -> io::Result<OwnedFd> {
    // SAFETY: the call takes two integers and returns a new descriptor or -1.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just made this descriptor for us, close-on-exec; nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as libc::c_int) })
}

/// Sends a signal by number, real-time signals included. A negative `pid` is a process
/// group, as in kill(2).
///
/// # Errors
/// When there is no such process or signal.
pub fn signal(pid: i32, number: i32) -> io::Result<()> {
    // SAFETY: kill takes two integers and touches no memory of ours.
    if unsafe { libc::kill(pid, number) } == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// The signal that asks systemd to power off (systemd(1): SIGRTMIN+4).
pub fn systemd_power_off_signal() -> i32 {
    libc::SIGRTMIN() + 4
}

/// The signal that asks systemd to reboot (systemd(1): SIGRTMIN+5).
pub fn systemd_reboot_signal() -> i32 {
    libc::SIGRTMIN() + 5
}

/// Makes this process ignore the signals that process 1 sends to all when the system goes
/// down, so that the host still gets its answer. Commands get the defaults back.
pub fn ignore_going_down() {
    for number in [libc::SIGHUP, libc::SIGINT, libc::SIGTERM, libc::SIGPIPE] {
        // SAFETY: SIG_IGN runs no code of ours.
        unsafe { libc::signal(number, libc::SIG_IGN) };
    }
}

/// Keeps the allocator from making an arena per thread: the agent's memory is the guest's.
pub fn use_one_arena() {
    // SAFETY: mallopt only sets a parameter of the allocator.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
}

/// Gives memory that the allocator keeps for later back to the guest.
pub fn give_memory_back() {
    // SAFETY: malloc_trim only touches memory that nobody has allocated.
    unsafe { libc::malloc_trim(0) };
}
