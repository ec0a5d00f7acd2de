//! Which program process 1 is.

use std::fs;

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
    /// Any other: asked through its own `poweroff`.
    Other,
}

/// Looks at process 1 as it is now: right after the guest is ready it may still be the agent
/// although the image has an init. `has_init` says what it is to become.
pub fn running(has_init: bool) -> Option<InitKind> {
    if !has_init {
        return Some(InitKind::Own);
    }
    let program = fs::read_link("/proc/1/exe").ok()?;
    let name = program.file_name()?.to_string_lossy().into_owned();
    // The initramfs's /init was removed; the kernel says so after its name.
    if name.ends_with(" (deleted)") {
        None
    } else {
        Some(kind_of(&name))
    }
}

fn kind_of(program: &str) -> InitKind {
    match program {
        "systemd" => InitKind::Systemd,
        "runit" | "runit-init" => InitKind::Runit,
        name if name.starts_with("busybox") => InitKind::Busybox,
        _ => InitKind::Other,
    }
}

/// Whether process 1 is prepared for a signal: it catches it, or has blocked it to wait for
/// it. One that comes earlier would be lost (pid_namespaces(7)).
pub fn awaits_signal(number: i32) -> bool {
    fs::read_to_string("/proc/1/status").is_ok_and(|status| awaits(&status, number))
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

    #[test]
    fn programs_are_known_by_name() {
        assert_eq!(kind_of("systemd"), InitKind::Systemd);
        assert_eq!(kind_of("busybox.static"), InitKind::Busybox);
        assert_eq!(kind_of("init"), InitKind::Other);
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
