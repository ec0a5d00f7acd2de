//! `banger image pull`.

use banger_api::PullImage;
use banger_client::ClientError;

use crate::{
    args::image::PullArguments, context::Context, error::CliError, exit_status::ExitStatus,
    signals::Signals,
};

/// Builds an image of the catalog. A signal cancels it, and what it had made is gone again.
///
/// # Errors
/// When there is none of that name, or it cannot be built.
pub async fn run(context: &Context, arguments: PullArguments) -> Result<ExitStatus, CliError> {
    let PullArguments {
        image,
        packages,
        name,
        force,
        size,
    } = arguments;
    let client = context.client().await?;
    let mut signals = Signals::listen()?;
    let body = PullImage {
        name: image,
        packages,
        save_as: name,
        force,
        disk_mib: size,
    };
    let asked = client.api().pull_image().body(body);
    let operation = asked.send().await.map_err(ClientError::from)?.into_inner();
    let done = context.follow(&client, &operation, &mut signals).await?;
    context
        .printer
        .note(format!("image {} can be used", done.target));
    Ok(ExitStatus::Success)
}
