//! The end of a machine.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use nix::{
    mount::{MntFlags, MsFlags, mount, umount2},
    sys::{
        reboot::{RebootMode, reboot, set_cad_enabled},
        signal::{Signal, kill},
        wait::{WaitPidFlag, waitpid},
    },
    unistd::{Pid, getpid, sync},
};

use super::kind;
use crate::log;

/// How long programs have between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(2);

/// A directory on each disk of the VM's own that lies on it directly, not on the overlay.
const DISKS: [&str; 2] = ["/root", "/var/lib/docker"];

/// The kernel's thread that is the parent of all kernel threads.
const KTHREADD: i32 = 2;

/// Ends all programs, writes everything to the disks, and powers off or restarts.
pub fn orderly(server: Pid, mode: RebootMode) -> ! {
    log::info("going down");
    // The server ignores it, and tells the host so until the end.
    let _ = kill(Pid::from_raw(-1), Signal::SIGTERM);
    let deadline = Instant::now() + GRACE;
    while others_run(server) && Instant::now() < deadline {
        reap();
        thread::sleep(Duration::from_millis(10));
    }
    let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
    while others_run(Pid::from_raw(-1)) && Instant::now() < deadline + GRACE {
        reap();
        thread::sleep(Duration::from_millis(1));
    }
    let _ = umount2("/root", MntFlags::MNT_DETACH);
    // The overlay first; then the disk below it, reached through a directory that lies on it
    // directly, so that its journal is empty at the next boot.
    let read_only = MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
    for path in ["/", "/var/lib/docker"] {
        if let Err(error) = mount(None::<&str>, path, None::<&str>, read_only, None::<&str>) {
            log::warn(format_args!("cannot make {path} read-only: {error}"));
        }
    }
    now(mode)
}

/// The same from another process than process 1, which does not take part, or hinders: it may
/// end with the programs that it waits for, and the kernel goes down with it. What they write
/// until then must not be lost, so it is written through.
pub fn in_place_of_init(mode: RebootMode) -> ! {
    sync();
    let synchronous = MsFlags::MS_REMOUNT | MsFlags::MS_SYNCHRONOUS;
    for path in DISKS {
        if let Err(error) = mount(None::<&str>, path, None::<&str>, synchronous, None::<&str>) {
            log::warn(format_args!("cannot write through to {path}: {error}"));
        }
    }
    // Others than itself; process 1 has to be told by number.
    if kind::awaits_signal(Signal::SIGTERM as i32) {
        let _ = kill(Pid::from_raw(1), Signal::SIGTERM);
    }
    orderly(getpid(), mode)
}

/// Writes everything to the disks and ends the machine; nobody is asked.
pub fn now(mode: RebootMode) -> ! {
    sync();
    let _ = set_cad_enabled(true);
    let Err(error) = reboot(mode);
    log::error(format_args!("cannot power off: {error}"));
    // Process 1 must not end; a machine that has no power switch may still restart.
    let Err(_) = reboot(RebootMode::RB_AUTOBOOT);
    loop {
        thread::park();
    }
}

fn reap() {
    while waitpid(None, Some(WaitPidFlag::WNOHANG)).is_ok_and(|status| status.pid().is_some()) {}
}

/// Whether programs run besides this one, the server, and the kernel's threads.
fn others_run(server: Pid) -> bool {
    let Ok(processes) = fs::read_dir("/proc") else {
        return false;
    };
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| *pid != 1 && *pid != KTHREADD && *pid != server.as_raw())
        .filter_map(|pid| fs::read_to_string(format!("/proc/{pid}/stat")).ok())
        .any(|stat| is_program(&stat))
}

/// Whether a line of /proc/PID/stat is of a program that has not ended (proc(5)).
fn is_program(stat: &str) -> bool {
    // The name, in parentheses, may hold anything.
    let Some((_, fields)) = stat.rsplit_once(") ") else {
        return false;
    };
    let mut fields = fields.split(' ');
    let (state, parent) = (fields.next(), fields.next());
    state != Some("Z") && parent.is_some_and(|parent| parent.parse() != Ok(KTHREADD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_of_the_kernel_and_zombies_are_no_programs() {
        assert!(is_program("99 (a) Z 2 (b) S 1 99 99 0"));
        assert!(!is_program("99 (sh) Z 1 99 99 0"));
        assert!(!is_program("99 (kworker/0:1) I 2 0 0 0"));
        assert!(!is_program(""));
    }
}
