//! A command in a build's VM.

use banger_api::{ErrorCode, ExecRequest, Problem};
use banger_dockerfile::RunAction;
use banger_vmm::GuestChannel;

use super::item::{self, Item};
use crate::{
    error,
    guest::exec::{self, Said},
    operation::Output,
};

/// Where scripts lie; it is on no disk, so that nothing of it is in the image.
const DIRECTORY: &str = "/run/banger-build";
/// A script's name there.
const SCRIPT: &str = "script";
/// How much of a failed step's output its error shows, in bytes.
const SHOWN: usize = 2000;

/// Runs it; all that it writes goes to the output.
pub async fn run(
    channel: &GuestChannel,
    run: RunAction,
    title: &str,
    output: &Output,
) -> Result<(), Problem> {
    let mut command = run.command;
    if let Some(script) = run.script {
        let file = Item::text(SCRIPT.into(), script.into_bytes(), 0o755);
        item::send(channel, DIRECTORY, vec![file]).await?;
        command.push(format!("{DIRECTORY}/{SCRIPT}"));
    }
    let request = ExecRequest {
        command,
        env: run.env,
        working_dir: Some(run.working_dir),
        user: run.user,
        ..ExecRequest::default()
    };
    let begun = output.written();
    let failed = |detail: String| {
        let tail = output.tail(begun, SHOWN);
        let tail = String::from_utf8_lossy(&tail);
        let detail = match tail.trim() {
            "" => format!("{title}: {detail}"),
            tail => format!("{title}: {detail}; its output ends:\n{tail}"),
        };
        Problem::new(ErrorCode::BuildStepFailed, detail)
    };
    let lost = |source| error::guest(&source);
    let mut connection = exec::start(channel, &request).await.map_err(lost)?;
    loop {
        let frame = connection.receive().await.map_err(lost)?;
        match exec::said(frame).map_err(lost)? {
            Said::Stdout(bytes) | Said::Stderr(bytes) => output.write(&bytes),
            Said::Started { .. } | Said::StdinTaken(_) => {}
            Said::Exited(status) if status.code == 0 => return Ok(()),
            Said::Exited(status) => {
                return Err(failed(match status.signal {
                    Some(signal) => format!("ended by signal {signal}"),
                    None => format!("exit code {}", status.code),
                }));
            }
            Said::Failed(reason) => return Err(failed(reason.message)),
        }
    }
}
