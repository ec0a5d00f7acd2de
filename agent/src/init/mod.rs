//! Process 1: the minimal one for images without an init, and what is known of others.
//!
//! | file | duty |
//! |---|---|
//! | `mod.rs` | the loop: reaps orphans, powers off when told to |
//! | `power_off.rs` | the orderly end |
//! | `kind.rs` | which program process 1 is, and how it is told |
//! | `readiness.rs` | whether it has started the system, as far as can be seen |
//! | `boot_scripts.rs` | what an inittab runs at boot |
//! | `runit.rs` | how far runit has come |
//! | `processes.rs` | the process table |

pub mod boot_scripts;
pub mod kind;
pub mod power_off;
mod processes;
pub mod readiness;
pub mod runit;

use nix::{
    errno::Errno,
    sys::{
        reboot::RebootMode,
        signal::{SigSet, SigmaskHow, Signal, sigprocmask},
        wait::{WaitPidFlag, waitpid},
    },
    unistd::Pid,
};

use crate::log;

/// The signal on which the minimal init powers off. It understands what busybox's init does,
/// so that `poweroff`, `halt` and `reboot` of busybox work.
pub const POWER_OFF: Signal = Signal::SIGUSR2;

/// What the loop waits for: power off, halt, restart, and the kernel's Ctrl-Alt-Del.
fn awaited() -> SigSet {
    [
        Signal::SIGCHLD,
        POWER_OFF,
        Signal::SIGUSR1,
        Signal::SIGTERM,
        Signal::SIGINT,
    ]
    .into_iter()
    .collect()
}

/// Blocks the signals that the loop waits for. Before the server is forked, so that a child
/// that dies at once is not missed.
///
/// # Errors
/// None in practice: the arguments are constant.
pub fn block_signals() -> Result<(), Errno> {
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&awaited()), None)
}

/// Remains process 1. Ends the machine when told to, or when the server has gone: nothing
/// can reach this guest any more.
pub fn run(server: Pid) -> ! {
    log::info("remaining process 1");
    // The kernel then sends SIGINT instead of restarting on the spot.
    let _ = nix::sys::reboot::set_cad_enabled(false);
    let signals = awaited();
    loop {
        match signals.wait() {
            Ok(Signal::SIGCHLD) => {
                if reap(server) {
                    log::error("the server is gone");
                    power_off::orderly(server, RebootMode::RB_POWER_OFF);
                }
            }
            Ok(Signal::SIGTERM | Signal::SIGINT) => {
                power_off::orderly(server, RebootMode::RB_AUTOBOOT)
            }
            Ok(_) => power_off::orderly(server, RebootMode::RB_POWER_OFF),
            // sigwait fails only for a wrong set; never stop reaping.
            Err(_) => {}
        }
    }
}

/// Takes in all children that have ended; says whether the server was among them. One
/// SIGCHLD may stand for many.
fn reap(server: Pid) -> bool {
    let mut server_ended = false;
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)).map(|status| status.pid()) {
            Ok(Some(pid)) => server_ended |= pid == server,
            Err(Errno::EINTR) => {}
            Ok(None) | Err(_) => return server_ended,
        }
    }
}
