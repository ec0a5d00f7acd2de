//! Which program process 1 is.

use std::{fs, os::unix::fs::FileTypeExt, path::Path};

use super::{
    POWER_OFF,
    processes::{self, base_name},
};

/// Programs that systems have as process 1, as far as they differ for the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitKind {
    /// The agent itself.
    Own,
    /// systemd.
    Systemd,
    /// busybox init, as in Alpine.
    Busybox,
    /// runit.
    Runit,
    /// sysvinit, which also starts OpenRC in some distributions.
    Sysvinit,
    /// openrc-init, of OpenRC.
    OpenrcInit,
    /// Anything else: a script, or a program that is not made to be an init.
    Other,
}

/// Looks at process 1 as it is now: right after the guest is ready it may still be the agent
/// although the image has an init; nothing is known then. `has_init` says what it is to become.
pub fn running(has_init: bool) -> Option<InitKind> {
    if !has_init {
        return Some(InitKind::Own);
    }
    let program = fs::read_link("/proc/1/exe").ok()?;
    let name = program.file_name()?.to_string_lossy().into_owned();
    // The initramfs's /init was removed; the kernel says so after its name. An agent that has
    // to stay, because the image's init cannot be executed, waits for its signals.
    if name.ends_with(" (deleted)") {
        return awaits_signal(POWER_OFF as i32).then_some(InitKind::Own);
    }
    let arguments = processes::one(1)?.arguments;
    let has_inittab = Path::new("/etc/inittab").exists();
    Some(kind_of(&name, &arguments, has_inittab))
}

/// `program` is the executable, which is an interpreter where a script is process 1.
fn kind_of(program: &str, arguments: &[String], has_inittab: bool) -> InitKind {
    // busybox is what it is called as, or what its first argument says.
    let is_applet = |argument: &String| matches!(base_name(argument), "init" | "linuxrc");
    match program {
        "systemd" => InitKind::Systemd,
        "runit" | "runit-init" => InitKind::Runit,
        "openrc-init" => InitKind::OpenrcInit,
        "init" if has_inittab => InitKind::Sysvinit,
        name if name.starts_with("busybox") => {
            let called = arguments.first().is_some_and(is_applet);
            let is_script = arguments.len() > 1 && !base_name(&arguments[0]).starts_with("busybox");
            if called || (!is_script && arguments.get(1).is_some_and(is_applet)) {
                InitKind::Busybox
            } else {
                InitKind::Other
            }
        }
        _ => InitKind::Other,
    }
}

/// Where inits that are commanded through a pipe have it (telinit(8), openrc-init(8)).
const PIPES: [(InitKind, &[&str]); 2] = [
    (InitKind::Sysvinit, &["/run/initctl", "/dev/initctl"]),
    (InitKind::OpenrcInit, &["/run/openrc/init.ctl"]),
];

/// Whether an init that is commanded through a pipe has made it, and so hears commands.
pub fn has_pipe(kind: InitKind) -> bool {
    PIPES
        .iter()
        .filter(|(of, _)| *of == kind)
        .flat_map(|(_, paths)| *paths)
        .any(|path| fs::metadata(path).is_ok_and(|of| of.file_type().is_fifo()))
}

/// Whether process 1 is prepared for a signal: it catches it, or has blocked it to wait for
/// it. One that comes earlier would be lost (pid_namespaces(7)).
pub fn awaits_signal(number: i32) -> bool {
    fs::read_to_string("/proc/1/status").is_ok_and(|status| awaits(&status, number))
        || fs::read_to_string("/proc/1/syscall").is_ok_and(|call| waits_for_signals(&call))
}

/// Whether a process is in rt_sigtimedwait(2), by its /proc/PID/syscall (proc(5)). The kernel
/// takes what is waited for out of the blocked set meanwhile (`do_sigtimedwait`). Which
/// signals these are is in the process's memory; an init waits for all that it knows.
fn waits_for_signals(call: &str) -> bool {
    let number = call.split_whitespace().next();
    number.and_then(|number| number.parse().ok()) == Some(nix::libc::SYS_rt_sigtimedwait)
}

/// Reads the hexadecimal sets SigBlk and SigCgt of /proc/PID/status (proc(5)).
fn awaits(status: &str, number: i32) -> bool {
    let bit = 1u64
        .checked_shl(number.unsigned_abs().wrapping_sub(1))
        .unwrap_or(0);
    status
        .lines()
        .filter_map(|line| {
            line.strip_prefix("SigBlk:")
                .or_else(|| line.strip_prefix("SigCgt:"))
        })
        .filter_map(|set| u64::from_str_radix(set.trim(), 16).ok())
        .any(|set| set & bit != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(program: &str, line: &str) -> InitKind {
        let arguments: Vec<_> = line.split(' ').map(str::to_owned).collect();
        kind_of(program, &arguments, true)
    }

    #[test]
    fn programs_are_known_by_name() {
        assert_eq!(kind("systemd", "/sbin/init"), InitKind::Systemd);
        assert_eq!(kind("init", "init [2]"), InitKind::Sysvinit);
        assert_eq!(kind_of("init", &[], false), InitKind::Other);
        assert_eq!(kind("runit-init", "/sbin/init"), InitKind::Runit);
        assert_eq!(
            kind("openrc-init", "/sbin/openrc-init"),
            InitKind::OpenrcInit
        );
        assert_eq!(kind("server", "/sbin/init"), InitKind::Other);
    }

    #[test]
    fn busybox_is_an_init_only_when_called_so() {
        assert_eq!(kind("busybox.static", "init"), InitKind::Busybox);
        assert_eq!(kind("busybox", "/sbin/init quiet"), InitKind::Busybox);
        assert_eq!(kind("busybox", "/bin/busybox init"), InitKind::Busybox);
        // Scripts that its shell runs.
        assert_eq!(kind("busybox", "/bin/sh /sbin/init"), InitKind::Other);
        assert_eq!(kind("dash", "/bin/sh /sbin/init"), InitKind::Other);
    }

    #[test]
    fn who_waits_for_signals_is_seen_by_its_call() {
        let call = format!("{} 0x5eb308 0x0 0x0", nix::libc::SYS_rt_sigtimedwait);
        assert!(waits_for_signals(&call));
        assert!(!waits_for_signals("running"));
        assert!(!waits_for_signals("0 0x1"));
    }

    #[test]
    fn a_blocked_or_caught_signal_is_awaited() {
        let status = "Name:\tsystemd\nSigBlk:\t0000000000004000\nSigIgn:\tffff\nSigCgt:\t1\n";
        assert!(awaits(status, 15));
        assert!(awaits(status, 1));
        assert!(!awaits(status, 2));
        assert!(!awaits("", 15));
        assert!(!awaits(status, 65));
    }
}
