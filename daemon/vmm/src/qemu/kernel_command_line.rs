//! The guest kernel's command line.

use super::Acceleration;

/// The words for a machine with this acceleration. Their meanings are in the kernel's
/// Documentation/admin-guide/kernel-parameters.txt.
pub(super) fn kernel_command_line(acceleration: Acceleration) -> String {
    let mut words = vec![
        // Warnings, errors and what user space writes are seen; a line for each driver is not.
        "console=ttyS0".to_owned(),
        "quiet".to_owned(),
        // A panic ends the machine at once: QEMU does not reboot it.
        "reboot=t".to_owned(),
        "panic=-1".to_owned(),
        // The kernel's self-tests of its ciphers took 0.2 s of a 1.6 s boot.
        "cryptomgr.notests".to_owned(),
        // The VM is the boundary. With AppArmor on, Docker starts no container in an image
        // that has not its tools too.
        "apparmor=0".to_owned(),
        // No login waits on the console, which is a log. Where there is no udev, as in small
        // images, systemd would wait 90 s for the device before it calls itself started.
        "systemd.mask=serial-getty@ttyS0.service".to_owned(),
    ];
    match acceleration {
        Acceleration::Kvm => {}
        Acceleration::Tcg { tsc_khz } => {
            // The processors' counters are all the host's, so they agree; a kernel that doubts
            // it falls back to a clock of 4 ms steps and has no fine timers.
            words.push("tsc=reliable".to_owned());
            // The timer's interrupt comes late on a busy host: that is no broken timer.
            words.push("no_timer_check".to_owned());
            if let Some(khz) = tsc_khz {
                // See `crate::tsc`.
                words.push(format!("tsc_early_khz={khz}"));
            }
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn under_kvm_the_guest_keeps_its_own_clock() {
        assert_eq!(
            kernel_command_line(Acceleration::Kvm),
            "console=ttyS0 quiet reboot=t panic=-1 cryptomgr.notests apparmor=0 \
             systemd.mask=serial-getty@ttyS0.service"
        );
    }

    #[test]
    fn under_tcg_the_guest_is_told_the_counters_pace() {
        let tsc_khz = Some(2_600_000);
        assert!(
            kernel_command_line(Acceleration::Tcg { tsc_khz })
                .ends_with(" tsc=reliable no_timer_check tsc_early_khz=2600000")
        );
        let unknown = kernel_command_line(Acceleration::Tcg { tsc_khz: None });
        assert!(!unknown.contains("khz"));
    }
}
