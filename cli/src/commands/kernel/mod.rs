//! `banger kernel`: its verbs.

mod available;
mod delete;
mod import;
mod list;
mod pull;
mod show;

use crate::{
    args::kernel::{KernelCommand, ListArguments},
    context::Context,
    error::CliError,
    exit_status::ExitStatus,
};

/// Does what was asked.
///
/// # Errors
/// What the user is told.
pub async fn run(context: &Context, command: KernelCommand) -> Result<ExitStatus, CliError> {
    match command {
        KernelCommand::Pull(arguments) => pull::run(context, arguments).await,
        KernelCommand::Import(arguments) => import::run(context, &arguments).await,
        KernelCommand::List(ListArguments { available: false }) => list::run(context).await,
        KernelCommand::List(ListArguments { available: true }) => available::run(context).await,
        KernelCommand::Show(arguments) => show::run(context, &arguments).await,
        KernelCommand::Delete(arguments) => delete::run(context, &arguments).await,
    }
}
