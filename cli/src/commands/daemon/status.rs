//! `banger daemon status`.

use banger_api::Status;
use banger_client::ClientError;
use jiff::Timestamp;

use crate::{
    context::Context,
    error::CliError,
    exit_status::ExitStatus,
    human::{since, word},
    table::Table,
};

/// Shows what runs. Starts nothing, and fails where nothing runs.
///
/// # Errors
/// When no daemon answers.
pub async fn run(context: &Context) -> Result<ExitStatus, CliError> {
    let client = context.running_client().await?;
    let status = client.api().get_status().send().await;
    let status = status.map_err(ClientError::from)?.into_inner();
    context.printer.answer(&status, || table(&status))?;
    Ok(ExitStatus::Success)
}

fn table(status: &Status) -> Table {
    let mut table = Table::pairs();
    let up = since(status.started_at, Timestamp::now());
    table.pair(
        "daemon",
        format!("running for {up}, process {}", status.pid),
    );
    table.pair(
        "version",
        format!("{} (API {})", status.version, status.api_version),
    );
    table.pair("VMM", &status.vmm);
    table.pair(
        "VMs",
        format!("{} running of {}", status.vms_running, status.vms),
    );
    table.pair("socket", &status.socket);
    table.pair("state", &status.state_dir);
    table.pair(
        "log",
        format!("{} ({})", status.log_file, word(&status.log_level)),
    );
    table
}
