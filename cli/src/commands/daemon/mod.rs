//! `banger daemon`: its verbs.

mod logs;
mod socket;
mod start;
mod status;
mod stop;

use crate::{
    args::daemon::DaemonCommand, context::Context, error::CliError, exit_status::ExitStatus,
};

/// Does what was asked.
///
/// # Errors
/// What the user is told.
pub async fn run(context: &Context, command: DaemonCommand) -> Result<ExitStatus, CliError> {
    match command {
        DaemonCommand::Status => status::run(context).await,
        DaemonCommand::Start => start::run(context).await,
        DaemonCommand::Stop(arguments) => stop::run(context, &arguments).await,
        DaemonCommand::Socket => socket::run(context),
        DaemonCommand::Logs(arguments) => logs::run(context, &arguments),
    }
}
