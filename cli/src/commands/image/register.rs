//! `banger image register` and `banger image promote`.

use std::path::{Path, absolute};

use banger_api::{ImportKernel, RegisterImage};
use banger_client::{Client, ClientError};

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
    let kernel = match &arguments.kernel {
        Some(file) => Some(import_kernel(context, &client, &arguments, file).await?),
        None => None,
    };
    let body = RegisterImage {
        kernel,
        disk_mib: arguments.size,
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

/// Imports the image's own kernel; gives its name.
async fn import_kernel(
    context: &Context,
    client: &Client,
    arguments: &RegisterArguments,
    file: &Path,
) -> Result<String, CliError> {
    // Kernels' names are plainer than images'.
    let plain = |c: char| match c.is_ascii_lowercase() || c.is_ascii_digit() {
        true => c,
        false => '-',
    };
    let name: String = arguments.name.chars().map(plain).collect();
    let mut signals = Signals::listen()?;
    let body = ImportKernel {
        name: format!("image-{name}"),
        replace: true,
        vmlinux: Some(full(file)?),
        modules: arguments.modules.as_deref().map(full).transpose()?,
        initrd: arguments.initrd.as_deref().map(full).transpose()?,
        packages: Vec::new(),
        url: None,
        sha256: None,
    };
    let asked = client.api().import_kernel().body(body).send().await;
    let operation = asked.map_err(ClientError::from)?.into_inner();
    let imported = context.follow(client, &operation, &mut signals).await?;
    Ok(imported.target)
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
