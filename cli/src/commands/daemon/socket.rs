//! `banger daemon socket`.

use crate::{context::Context, error::CliError, exit_status::ExitStatus};

/// Prints the path of the socket, whether or not a daemon answers on it: for curl.
///
/// # Errors
/// When the settings cannot be used.
pub fn run(context: &Context) -> Result<ExitStatus, CliError> {
    let socket = context.settings()?.socket.value;
    let answer = serde_json::json!({ "socket": socket.display().to_string() });
    context
        .printer
        .answer(&answer, || format!("{}\n", socket.display()))?;
    Ok(ExitStatus::Success)
}
