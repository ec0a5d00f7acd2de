//! `banger daemon start`.

use crate::{connect, context::Context, error::CliError, exit_status::ExitStatus};

/// Starts the daemon, unless one answers.
///
/// # Errors
/// When it does not start.
pub async fn run(context: &Context) -> Result<ExitStatus, CliError> {
    let (client, started) = connect::connect_or_start(&context.settings()?).await?;
    let what = if started {
        "the daemon answers on"
    } else {
        "a daemon was there already and answers on"
    };
    context
        .printer
        .note(format!("{what} {}", client.socket().display()));
    Ok(ExitStatus::Success)
}
