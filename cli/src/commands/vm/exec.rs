//! `banger vm exec`.

use std::{collections::BTreeMap, time::Duration};

use banger_api::{ExecRequest, OnDisconnect};

use crate::{
    args::{exec::ExecArguments, value::Variable},
    context::Context,
    error::CliError,
    exit_status::ExitStatus,
    session,
    signals::Signals,
    terminal,
};

/// Runs a command in a running VM, and ends as it does.
///
/// # Errors
/// When it cannot be started, or the connection breaks.
pub async fn run(context: &Context, arguments: ExecArguments) -> Result<ExitStatus, CliError> {
    let request = ExecRequest {
        command: arguments.command,
        env: environment(&arguments.context.env)?,
        working_dir: arguments.context.workdir,
        user: arguments.context.user,
        stdin: !arguments.no_stdin,
        terminal: arguments.tty.then(terminal::size),
        timeout_ms: arguments.timeout.map(milliseconds),
        on_disconnect: if arguments.leave {
            OnDisconnect::Leave
        } else {
            OnDisconnect::Kill
        },
        ..ExecRequest::default()
    };
    let client = context.client().await?;
    let mut signals = Signals::listen()?;
    session::run(&client, &arguments.vm, &request, &mut signals).await
}

/// A time limit as the API takes it.
pub fn milliseconds(limit: Duration) -> u64 {
    u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)
}

/// Variables with their values; those without take this process's, and are left out where it
/// has none.
///
/// # Errors
/// When a value is no text.
pub fn environment(variables: &[Variable]) -> Result<BTreeMap<String, String>, CliError> {
    let mut environment = BTreeMap::new();
    for Variable { name, value } in variables {
        let value = match value {
            Some(value) => Some(value.clone()),
            None => match std::env::var(name) {
                Ok(value) => Some(value),
                Err(std::env::VarError::NotPresent) => None,
                Err(std::env::VarError::NotUnicode(_)) => {
                    let message = format!("the value of {name} is not text (UTF-8)");
                    let hint = format!("write its value: --env {name}=VALUE");
                    return Err(CliError::usage(message, hint));
                }
            },
        };
        environment.extend(value.map(|value| (name.clone(), value)));
    }
    Ok(environment)
}
