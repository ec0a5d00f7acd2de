//! Powering off through the image's init.

use std::time::Duration;

use banger_agent_protocol::request::AgentError;
use nix::sys::signal::Signal;
use tokio::time::Instant;

use super::{conversation::failed, tool};
use crate::{
    init::{
        self,
        kind::{self, InitKind},
        power_off,
    },
    log, sys,
};

/// How long an init may take until it hears signals: right after the guest is ready it is
/// still starting.
const PATIENCE: Duration = Duration::from_secs(15);

/// Tells process 1 to power off; returns when it has been told.
///
/// # Errors
/// When it does not hear, and has no other way.
pub async fn begin(has_init: bool) -> Result<(), AgentError> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let told = match kind::running(has_init) {
            // It has blocked the signal since before there was a server to ask.
            Some(InitKind::Own) => sys::process::signal(1, init::POWER_OFF as i32).is_ok(),
            Some(InitKind::Systemd) => told(sys::process::systemd_power_off_signal()),
            // init(8) of busybox: SIGUSR2 powers off.
            Some(InitKind::Busybox) => told(Signal::SIGUSR2 as i32),
            Some(InitKind::Runit) => return run(&["runit-init", "0"]).await,
            Some(InitKind::Other) => return run(&["poweroff"]).await,
            None => false,
        };
        if told {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(failed("process 1 does not react to signals".to_owned()))
}

/// Sends the signal if process 1 is prepared for it.
fn told(signal: i32) -> bool {
    kind::awaits_signal(signal) && sys::process::signal(1, signal).is_ok()
}

/// Runs the image's own program; without one the machine is ended directly, after the answer
/// had a moment to leave.
async fn run(command: &[&str]) -> Result<(), AgentError> {
    let [program, arguments @ ..] = command else {
        return Ok(());
    };
    let status = tool::command(program, arguments).status().await;
    match status {
        Ok(status) if status.success() => {}
        Ok(_) | Err(_) => {
            log::warn(format_args!(
                "the image's {program} failed; powering off without it"
            ));
            tokio::spawn(async {
                tokio::time::sleep(Duration::from_millis(200)).await;
                power_off::now(nix::sys::reboot::RebootMode::RB_POWER_OFF)
            });
        }
    }
    Ok(())
}
