//! Waiting until the image's init has started its services.

use std::{process::Stdio, time::Duration};

use banger_agent_protocol::request::AgentError;

use super::{conversation::failed, tool};
use crate::init::{
    kind::{self, InitKind},
    readiness::Observer,
};

/// How often an init that cannot answer yet is looked at again.
const INTERVAL: Duration = Duration::from_millis(100);

/// Waits until the init has started what it starts at boot: systemd is asked, others are
/// observed, and what is no init counts as up.
///
/// # Errors
/// When the system is going down.
pub async fn wait(has_init: bool) -> Result<(), AgentError> {
    let mut observer = Observer::default();
    loop {
        match kind::running(has_init) {
            Some(InitKind::Systemd) => match system_state().await {
                State::Up => return Ok(()),
                State::GoingDown => return Err(failed("the system is going down".to_owned())),
                State::Unknown => {}
            },
            Some(other) if observer.is_up(other) => return Ok(()),
            Some(_) | None => {}
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Up,
    GoingDown,
    Unknown,
}

/// Asks systemd, which answers once it has started everything.
async fn system_state() -> State {
    let output = tool::command("systemctl", &["is-system-running", "--wait"])
        .stdout(Stdio::piped())
        .output()
        .await;
    match output {
        Ok(output) => state_of(&String::from_utf8_lossy(&output.stdout)),
        // An image with systemd and without its tools.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => State::Up,
        Err(_) => State::Unknown,
    }
}

/// The words of systemctl(1), is-system-running.
fn state_of(word: &str) -> State {
    match word.trim() {
        "running" | "degraded" | "maintenance" => State::Up,
        "stopping" => State::GoingDown,
        // "offline" and "unknown" before its bus answers, "starting" when it hung up.
        _ => State::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systemds_words_are_understood() {
        assert_eq!(state_of("degraded\n"), State::Up);
        assert_eq!(state_of("stopping"), State::GoingDown);
        assert_eq!(state_of("starting"), State::Unknown);
        assert_eq!(state_of(""), State::Unknown);
    }
}
