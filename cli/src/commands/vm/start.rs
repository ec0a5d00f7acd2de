//! `banger vm start`.

use banger_api::WaitFor;
use banger_client::ClientError;

use super::wait;
use crate::{
    args::vm::StartArguments, commands::several::several, context::Context, error::CliError,
    exit_status::ExitStatus,
};

/// Starts stopped VMs. Whoever interrupts it cancels it.
///
/// # Errors
/// When one is not there, is not in a state for it, or does not start.
pub async fn run(context: &Context, arguments: &StartArguments) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let vms = &arguments.which.vms;
    let wait_for = WaitFor::from(arguments.wait_for);
    several(context, vms, "started", async |vm| {
        let asked = client.api().start_vm().vm(vm).wait_for(wait_for);
        let operation = asked.send().await.map_err(ClientError::from)?.into_inner();
        Ok(wait(context, &client, &operation, vms.len() == 1, true).await?)
    })
    .await
}
