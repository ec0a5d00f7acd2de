//! `banger operation`: its verbs.

mod cancel;
mod list;
mod show;
mod watch;

use crate::{
    args::operation::OperationCommand, context::Context, error::CliError, exit_status::ExitStatus,
};

/// Does what was asked.
///
/// # Errors
/// What the user is told.
pub async fn run(context: &Context, command: OperationCommand) -> Result<ExitStatus, CliError> {
    match command {
        OperationCommand::List => list::run(context).await,
        OperationCommand::Show(arguments) => show::run(context, &arguments).await,
        OperationCommand::Cancel(arguments) => cancel::run(context, &arguments).await,
        OperationCommand::Watch(arguments) => watch::run(context, &arguments).await,
    }
}
