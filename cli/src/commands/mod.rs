//! What the verbs do: `<noun>/<verb>.rs`.

pub mod completion;
mod daemon;
mod doctor;
mod events;
mod image;
mod kernel;
mod operation;
mod several;
mod vm;
mod workspace;

use crate::{
    args::{Command, vm::VmCommand},
    context::Context,
    error::CliError,
    exit_status::{ExitStatus, Purpose},
};

/// Whether a command's exit code belongs to what it runs in a guest.
pub fn purpose(command: &Command) -> Purpose {
    match command {
        Command::Run(_)
        | Command::Vm(VmCommand::Run(_) | VmCommand::Exec(_) | VmCommand::Shell(_)) => {
            Purpose::Runs
        }
        Command::Vm(_)
        | Command::Image(_)
        | Command::Kernel(_)
        | Command::Daemon(_)
        | Command::Operation(_)
        | Command::Doctor
        | Command::Events
        | Command::Completion(_) => Purpose::Manages,
    }
}

/// Does what was asked.
///
/// # Errors
/// What the user is told.
pub async fn run(context: &Context, command: Command) -> Result<ExitStatus, CliError> {
    match command {
        Command::Vm(command) => vm::run(context, command).await,
        Command::Image(command) => image::run(context, command).await,
        Command::Kernel(command) => kernel::run(context, command).await,
        Command::Daemon(command) => daemon::run(context, command).await,
        Command::Operation(command) => operation::run(context, command).await,
        Command::Run(arguments) => vm::run::run(context, *arguments).await,
        Command::Doctor => doctor::run(context).await,
        Command::Events => events::run(context).await,
        Command::Completion(arguments) => completion::run(context, &arguments),
    }
}
