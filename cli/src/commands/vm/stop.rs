//! `banger vm stop`.

use banger_client::ClientError;

use super::wait;
use crate::{
    args::vm::VmArguments, commands::several::several, context::Context, error::CliError,
    exit_status::ExitStatus,
};

/// Shuts VMs down; their disks are kept.
///
/// # Errors
/// When one is not there, or does not stop.
pub async fn run(context: &Context, arguments: &VmArguments) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let vms = &arguments.vms;
    several(context, vms, "stopped", async |vm| {
        let asked = client.api().stop_vm().vm(vm);
        let operation = asked.send().await.map_err(ClientError::from)?.into_inner();
        Ok(wait(context, &client, &operation, vms.len() == 1, false).await?)
    })
    .await
}
