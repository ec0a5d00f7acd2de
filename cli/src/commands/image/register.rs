//! `banger image register` and `banger image promote`.

use std::path::{Path, absolute};

use banger_api::RegisterImage;
use banger_client::ClientError;

use crate::{
    args::image::{ImageArgument, RegisterArguments},
    context::Context,
    error::CliError,
    exit_status::ExitStatus,
    signals::Signals,
};

/// Makes an image of files that stay where they are.
///
/// # Errors
/// When a file cannot be used, or the name is another image's.
pub async fn register(
    context: &Context,
    arguments: RegisterArguments,
) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let body = RegisterImage {
        name: arguments.name,
        rootfs: full(&arguments.rootfs)?,
        work_seed: arguments.work_seed.as_deref().map(full).transpose()?,
    };
    let asked = client.api().register_image().body(body).send().await;
    let image = asked.map_err(ClientError::from)?.into_inner().name;
    context.printer.note(format!(
        "image {image} can be used, as long as its files stay as they are"
    ));
    Ok(ExitStatus::Success)
}

/// Copies the files of a registered image to where banger keeps its own.
///
/// # Errors
/// When there is none of that name, or its files changed.
pub async fn promote(context: &Context, arguments: &ImageArgument) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let mut signals = Signals::listen()?;
    let asked = client.api().promote_image().image(&arguments.image);
    let operation = asked.send().await.map_err(ClientError::from)?.into_inner();
    let done = context.follow(&client, &operation, &mut signals).await?;
    context
        .printer
        .note(format!("image {} needs its old files no more", done.target));
    Ok(ExitStatus::Success)
}

fn full(path: &Path) -> Result<String, CliError> {
    let failed = |source| CliError::File {
        path: path.to_owned(),
        source,
    };
    let full = absolute(path).map_err(failed)?;
    full.into_os_string().into_string().map_err(|_| {
        let message = format!("{} is not text (UTF-8)", path.display());
        CliError::usage(message, "rename it")
    })
}
