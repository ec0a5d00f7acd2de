//! `banger vm delete`.

use banger_client::ClientError;

use super::wait;
use crate::{
    args::vm::DeleteArguments, commands::several::several, context::Context, error::CliError,
    exit_status::ExitStatus,
};

/// Deletes VMs with their disks.
///
/// # Errors
/// When one is not there, or runs and is not to be ended.
pub async fn run(context: &Context, arguments: &DeleteArguments) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let vms = &arguments.which.vms;
    several(context, vms, "deleted", async |vm| {
        let asked = client.api().delete_vm().vm(vm).force(arguments.force);
        let operation = asked.send().await.map_err(ClientError::from)?.into_inner();
        Ok(wait(context, &client, &operation, vms.len() == 1, false).await?)
    })
    .await
}
