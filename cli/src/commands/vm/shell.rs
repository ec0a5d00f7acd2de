//! `banger vm shell`.

use banger_api::ExecRequest;

use super::exec::environment;
use crate::{
    args::exec::ShellArguments, context::Context, error::CliError, exit_status::ExitStatus,
    session, signals::Signals, terminal,
};

/// Opens a login shell in a running VM; with a terminal where we have one.
///
/// # Errors
/// When it cannot be started, or the connection breaks.
pub async fn run(context: &Context, arguments: ShellArguments) -> Result<ExitStatus, CliError> {
    let request = ExecRequest {
        env: environment(&arguments.context.env)?,
        working_dir: arguments.context.workdir,
        user: arguments.context.user,
        stdin: true,
        terminal: terminal::is_interactive().then(terminal::size),
        ..super::shell()
    };
    let client = context.client().await?;
    let mut signals = Signals::listen()?;
    session::run(&client, &arguments.vm, &request, &mut signals).await
}
