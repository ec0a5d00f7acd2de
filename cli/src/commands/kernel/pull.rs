//! `banger kernel pull`.

use banger_api::PullKernel;
use banger_client::ClientError;

use crate::{
    args::kernel::PullArguments, context::Context, error::CliError, exit_status::ExitStatus,
    signals::Signals,
};

/// Fetches a kernel of the catalog. A signal cancels it, and what it had made is gone again.
///
/// # Errors
/// When there is none of that name, or it cannot be fetched.
pub async fn run(context: &Context, arguments: PullArguments) -> Result<ExitStatus, CliError> {
    let PullArguments { kernel, force } = arguments;
    let client = context.client().await?;
    let mut signals = Signals::listen()?;
    let body = PullKernel {
        name: kernel,
        force,
    };
    let asked = client.api().pull_kernel().body(body);
    let operation = asked.send().await.map_err(ClientError::from)?.into_inner();
    let done = context.follow(&client, &operation, &mut signals).await?;
    context
        .printer
        .note(format!("kernel {} can be used", done.target));
    Ok(ExitStatus::Success)
}
