//! `banger vm commit`.

use banger_api::CommitVm;
use banger_client::ClientError;

use crate::{
    args::vm::CommitArguments, context::Context, error::CliError, exit_status::ExitStatus,
    signals::Signals,
};

/// Makes an image of a VM. A signal cancels it.
///
/// # Errors
/// When the VM does not run, the name is taken, or the image cannot be written.
pub async fn run(context: &Context, arguments: CommitArguments) -> Result<ExitStatus, CliError> {
    let CommitArguments { vm, image, replace } = arguments;
    let client = context.client().await?;
    let mut signals = Signals::listen()?;
    let body = CommitVm {
        name: image,
        replace,
        config: None,
    };
    let asked = client.api().commit_vm().vm(&vm).body(body);
    let operation = asked.send().await.map_err(ClientError::from)?.into_inner();
    let done = context.follow(&client, &operation, &mut signals).await?;
    let image = done.target;
    context.printer.note(format!(
        "image {image} can be used: banger vm run --image {image}"
    ));
    Ok(ExitStatus::Success)
}
