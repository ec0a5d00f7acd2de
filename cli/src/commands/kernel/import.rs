//! `banger kernel import`.

use std::path::Path;

use banger_api::{ImportKernel, name::check_artifact_name};
use banger_client::ClientError;

use crate::{
    args::kernel::ImportArguments, context::Context, error::CliError, exit_status::ExitStatus,
    signals::Signals,
};

/// Takes a kernel from this host's files.
///
/// # Errors
/// When the name is taken, or the files are no kernel that a guest can boot.
pub async fn run(context: &Context, arguments: &ImportArguments) -> Result<ExitStatus, CliError> {
    let body = ImportKernel {
        name: name(arguments)?,
        vmlinux: absolute(arguments.vmlinux.as_deref())?,
        modules: absolute(arguments.modules.as_deref())?,
        packages: Vec::new(),
        url: None,
        sha256: None,
    };
    let client = context.client().await?;
    let mut signals = Signals::listen()?;
    let asked = client.api().import_kernel().body(body);
    let operation = asked.send().await.map_err(ClientError::from)?.into_inner();
    let done = context.follow(&client, &operation, &mut signals).await?;
    context
        .printer
        .note(format!("kernel {} can be used", done.target));
    Ok(ExitStatus::Success)
}

/// The daemon's working directory is not ours.
fn absolute(path: Option<&Path>) -> Result<Option<String>, CliError> {
    let Some(path) = path else {
        return Ok(None);
    };
    let failed = |source| CliError::File {
        path: path.to_owned(),
        source,
    };
    let full = path.canonicalize().map_err(failed)?;
    match full.into_os_string().into_string() {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(failed(std::io::ErrorKind::InvalidFilename.into())),
    }
}

fn name(arguments: &ImportArguments) -> Result<String, CliError> {
    if let Some(name) = &arguments.name {
        return Ok(name.clone());
    }
    let Some(file) = &arguments.vmlinux else {
        return Ok("host".to_owned());
    };
    let name = file
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    match check_artifact_name(name) {
        Ok(()) => Ok(name.to_owned()),
        Err(error) => Err(CliError::usage(
            format!("{} makes no name for a kernel: {error}", file.display()),
            "name it: --name my-kernel",
        )),
    }
}
