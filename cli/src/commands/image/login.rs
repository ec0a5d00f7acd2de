//! `banger image login` and `logout`.

use std::io::{IsTerminal, Read};

use banger_api::Login;
use banger_client::ClientError;

use crate::{
    args::image::{LoginArguments, LogoutArguments},
    context::Context,
    error::CliError,
    exit_status::ExitStatus,
    terminal,
};

/// Keeps a user and a password that the registry takes.
///
/// # Errors
/// When there is no password, or the registry does not take it.
pub async fn log_in(context: &Context, arguments: LoginArguments) -> Result<ExitStatus, CliError> {
    let LoginArguments {
        registry,
        user,
        password_stdin,
    } = arguments;
    let password = if !password_stdin && std::io::stdin().is_terminal() {
        terminal::password(&format!("password of {user} for {registry}: "))
    } else {
        from_stdin()
    };
    let password = password.map_err(|source| CliError::File {
        path: "standard input".into(),
        source,
    })?;
    if password.is_empty() {
        let hint = "pipe it: banger image login --password-stdin < file";
        return Err(CliError::usage("the password is empty", hint));
    }
    let client = context.client().await?;
    let asked = client.api().log_in().registry(&registry);
    let body = Login { user, password };
    asked.body(body).send().await.map_err(ClientError::from)?;
    context.printer.note(format!("{registry}: logged in"));
    Ok(ExitStatus::Success)
}

/// Forgets them.
///
/// # Errors
/// When there are none.
pub async fn log_out(
    context: &Context,
    arguments: &LogoutArguments,
) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let registry = &arguments.registry;
    let asked = client.api().log_out().registry(registry).send().await;
    asked.map_err(ClientError::from)?;
    context.printer.note(format!("{registry}: logged out"));
    Ok(ExitStatus::Success)
}

/// The first line, or all where there is no line end.
fn from_stdin() -> std::io::Result<String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
