//! `banger kernel delete`.

use banger_client::ClientError;

use crate::{
    args::kernel::KernelArguments, commands::several::several, context::Context, error::CliError,
    exit_status::ExitStatus,
};

/// Deletes kernels that no VM uses.
///
/// # Errors
/// When one is not there, or in use.
pub async fn run(context: &Context, arguments: &KernelArguments) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    several(context, &arguments.kernels, "deleted", async |kernel| {
        let asked = client.api().delete_kernel().kernel(kernel);
        let deleted = asked.force(arguments.force).send().await;
        deleted.map_err(ClientError::from)?;
        Ok(())
    })
    .await
}
