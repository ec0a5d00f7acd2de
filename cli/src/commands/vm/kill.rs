//! `banger vm kill`.

use banger_api::KillVm;
use banger_client::ClientError;

use crate::{
    args::vm::KillArguments, commands::several::several, context::Context, error::CliError,
    exit_status::ExitStatus,
};

/// Sends a signal to the VMM of VMs.
///
/// # Errors
/// When one is not there or does not run, or there is no such signal.
pub async fn run(context: &Context, arguments: &KillArguments) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let done = format!("sent {}", arguments.signal);
    several(context, &arguments.which.vms, &done, async |vm| {
        let signal = arguments.signal.clone();
        let asked = client.api().kill_vm().vm(vm).body(KillVm { signal });
        asked.send().await.map_err(ClientError::from)?;
        Ok(())
    })
    .await
}
