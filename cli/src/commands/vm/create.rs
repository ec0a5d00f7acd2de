//! `banger vm create`.

use banger_api::CreateVm;
use banger_client::ClientError;

use crate::{
    args::create::CreateArguments, context::Context, error::CliError, exit_status::ExitStatus,
    signals::Signals,
};

/// Makes a VM and prints its name. A signal cancels it, and what it had made is gone again.
///
/// # Errors
/// When it cannot be made.
pub async fn run(context: &Context, arguments: &CreateArguments) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let mut signals = Signals::listen()?;
    let body = CreateVm {
        stopped: arguments.stopped,
        delete_when_stopped: arguments.rm,
        ..arguments.machine.request()
    };
    let asked = client.api().create_vm().body(body).send();
    let operation = signals.unless(async { asked.await.map_err(ClientError::from) });
    let operation = operation.await?.into_inner();
    context.follow(&client, &operation, &mut signals).await?;
    let vm = client.api().get_vm().vm(&operation.target).send().await;
    let vm = vm.map_err(ClientError::from)?.into_inner();
    context.printer.answer(&vm, || format!("{}\n", vm.name))?;
    Ok(ExitStatus::Success)
}
