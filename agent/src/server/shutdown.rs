//! Powering off through the image's init.
//!
//! | init | how it is told |
//! |---|---|
//! | none | SIGUSR2, as busybox's |
//! | systemd | SIGRTMIN+4 (systemd(1)) |
//! | busybox | SIGUSR2 |
//! | sysvinit, with or without OpenRC | its `poweroff`, once it has booted |
//! | runit | `runit-init 0`, or `init 0` where that is its name, once in its second stage |
//! | openrc-init | `openrc-shutdown --poweroff now`, once it has booted |
//! | anything else | not at all: the agent ends all programs and the machine |
//!
//! An init that does not get there in time is overtaken by the agent: files that were
//! written are safe then, which they are not when the host ends the VM by force.

use std::{thread, time::Duration};

use banger_agent_protocol::request::AgentError;
use nix::sys::{reboot::RebootMode, signal::Signal};
use tokio::time::Instant;

use super::{conversation::failed, tool};
use crate::{
    init::{
        self,
        kind::{self, InitKind},
        power_off,
        readiness::Observer,
        runit,
    },
    log, sys,
};

/// How long an init may take until it can be told: right after the guest is ready it is
/// still starting, and scripts that are interrupted in the middle of the boot go wrong.
const PATIENCE: Duration = Duration::from_secs(12);

/// How often it is looked at.
const INTERVAL: Duration = Duration::from_millis(50);

/// How long the whole may take before the agent overtakes the init. The host's own limit is
/// 60 seconds, and the agent needs up to four.
const OVERTAKE: Duration = Duration::from_secs(52);

/// How long the answer to the host has to leave before the machine goes.
const LEAVE: Duration = Duration::from_millis(200);

/// Tells process 1 to power off; returns when it has been told.
///
/// # Errors
/// When it does not hear; the agent powers off in its place a little later.
pub async fn begin(has_init: bool) -> Result<(), AgentError> {
    if has_init {
        overtake_after(OVERTAKE);
    }
    let deadline = Instant::now() + PATIENCE;
    let mut observer = Observer::default();
    while Instant::now() < deadline {
        if let Some(init) = kind::running(has_init)
            && tell(init, &mut observer).await
        {
            return Ok(());
        }
        tokio::time::sleep(INTERVAL).await;
    }
    // Better in the middle of its boot than not at all.
    match kind::running(has_init) {
        Some(InitKind::Sysvinit) => run(&[&["poweroff"]]).await,
        Some(_) | None => Err(failed("process 1 does not react to signals".to_owned())),
    }
}

/// Tells an init in its own way, where it is prepared for that; says whether it was told.
async fn tell(init: InitKind, observer: &mut Observer) -> bool {
    match init {
        // It has blocked the signal since before there was a server to ask.
        InitKind::Own => sys::process::signal(1, init::POWER_OFF as i32).is_ok(),
        InitKind::Systemd => signal(sys::process::systemd_power_off_signal()),
        InitKind::Busybox => signal(Signal::SIGUSR2 as i32),
        InitKind::Runit => {
            let commands: [&[&str]; 2] = [&["runit-init", "0"], &["init", "0"]];
            runit::hears_commands() && run(&commands).await.is_ok()
        }
        InitKind::Sysvinit => observer.is_up(init) && run(&[&["poweroff"]]).await.is_ok(),
        InitKind::OpenrcInit => {
            let command = ["openrc-shutdown", "--poweroff", "now"];
            observer.is_up(init) && run(&[&command]).await.is_ok()
        }
        InitKind::Other => {
            overtake_after(LEAVE);
            true
        }
    }
}

/// Sends the signal if process 1 is prepared for it.
fn signal(number: i32) -> bool {
    kind::awaits_signal(number) && sys::process::signal(1, number).is_ok()
}

/// Runs the first of these programs that the image has.
///
/// # Errors
/// When it has none, or that one fails.
async fn run(commands: &[&[&str]]) -> Result<(), AgentError> {
    for command in commands {
        let [program, arguments @ ..] = command else {
            continue;
        };
        match tool::command(program, arguments).status().await {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => {
                return Err(failed(format!("{program} of the image failed: {status}")));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(format!("cannot run {program}: {error}"))),
        }
    }
    Err(failed(
        "the image has no program that powers off".to_owned(),
    ))
}

/// Ends the machine in the init's place after some time, unless it is gone by then.
fn overtake_after(delay: Duration) {
    thread::spawn(move || {
        thread::sleep(delay);
        log::warn("powering off in place of the image's init");
        power_off::in_place_of_init(RebootMode::RB_POWER_OFF)
    });
}
