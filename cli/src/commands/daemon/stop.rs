//! `banger daemon stop`.

use std::time::{Duration, Instant};

use banger_api::StopDaemon;
use banger_client::ClientError;

use crate::{
    args::daemon::StopArguments, connect, context::Context, error::CliError,
    exit_status::ExitStatus,
};

/// How long the daemon may take to end after it said that it will. It lets requests that are
/// under way end first.
const TIMEOUT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// Stops the daemon, and waits until it is gone. One that does not run is stopped already.
///
/// # Errors
/// When it does not stop.
pub async fn run(context: &Context, arguments: &StopArguments) -> Result<ExitStatus, CliError> {
    let socket = context.settings()?.socket.value;
    let Some(client) = connect::connect(&socket).await? else {
        context.printer.note("no daemon runs");
        return Ok(ExitStatus::Success);
    };
    let status = client.api().get_status().send().await;
    let status = status.map_err(ClientError::from)?.into_inner();
    let stop_vms = arguments.vms;
    let asked = client.api().stop_daemon().body(StopDaemon { stop_vms });
    asked.send().await.map_err(ClientError::from)?;
    let end = Instant::now() + TIMEOUT;
    while is_running(status.pid) {
        if Instant::now() > end {
            let text = format!("process {} has not ended yet", status.pid);
            return Err(ClientError::Protocol(text).into());
        }
        tokio::time::sleep(PAUSE).await;
    }
    let left = if stop_vms { 0 } else { status.vms_running };
    match left {
        0 => context.printer.note("the daemon has stopped"),
        left => context.printer.note(format!(
            "the daemon has stopped; {} on, and the next daemon finds them",
            if left == 1 {
                "a VM goes".to_owned()
            } else {
                format!("{left} VMs go")
            }
        )),
    }
    Ok(ExitStatus::Success)
}

/// Whether a process has not ended. One that nobody waits for, as where process 1 waits for
/// no orphans, stays in the list as a zombie (proc_pid_stat(5)).
fn is_running(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| !is_zombie(&stat))
}

/// The state follows the program's name, which stands in parentheses and may hold others.
fn is_zombie(stat: &str) -> bool {
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    matches!(rest.split_whitespace().next(), Some("Z" | "X"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zombies_have_ended() {
        assert!(is_zombie("7 (bangerd) Z 1 7 7 0"));
        assert!(!is_zombie("7 (odd) Z ) S 1 7 7 0"));
        assert!(is_running(std::process::id()));
        assert!(!is_running(u32::MAX));
    }
}
