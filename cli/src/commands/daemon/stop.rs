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
    let process = format!("/proc/{}", status.pid);
    while std::path::Path::new(&process).exists() {
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
