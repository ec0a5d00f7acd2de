//! `banger vm`: its verbs.

mod commit;
mod cp;
mod create;
mod delete;
mod exec;
mod facts;
mod kill;
mod list;
mod logs;
mod restart;
pub mod run;
mod shell;
mod show;
mod start;
mod stop;

use banger_api::{ExecRequest, Operation};
use banger_client::{Client, ClientError};

use crate::{
    args::vm::VmCommand, context::Context, error::CliError, exit_status::ExitStatus,
    progress::Progress,
};

/// Does what was asked.
///
/// # Errors
/// What the user is told.
pub async fn run(context: &Context, command: VmCommand) -> Result<ExitStatus, CliError> {
    match command {
        VmCommand::Run(arguments) => run::run(context, *arguments).await,
        VmCommand::Create(arguments) => create::run(context, &arguments).await,
        VmCommand::List => list::run(context).await,
        VmCommand::Show(arguments) => show::run(context, &arguments).await,
        VmCommand::Start(arguments) => start::run(context, &arguments).await,
        VmCommand::Stop(arguments) => stop::run(context, &arguments).await,
        VmCommand::Restart(arguments) => restart::run(context, &arguments).await,
        VmCommand::Kill(arguments) => kill::run(context, &arguments).await,
        VmCommand::Delete(arguments) => delete::run(context, &arguments).await,
        VmCommand::Exec(arguments) => exec::run(context, arguments).await,
        VmCommand::Shell(arguments) => shell::run(context, arguments).await,
        VmCommand::Logs(arguments) => logs::run(context, &arguments).await,
        VmCommand::Cp(arguments) => cp::run(context, &arguments).await,
        VmCommand::Commit(arguments) => commit::run(context, arguments).await,
        VmCommand::Facts(arguments) => facts::run(context, &arguments).await,
    }
}

/// The user's login shell in the guest, or sh where there is none.
fn shell() -> ExecRequest {
    let script = "exec \"${SHELL:-/bin/sh}\" -l";
    ExecRequest {
        command: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
        ..ExecRequest::default()
    }
}

/// Waits for an operation of a VM. Its progress is shown where it is the only one.
async fn wait(
    context: &Context,
    client: &Client,
    operation: &Operation,
    is_only_one: bool,
    cancel_on_disconnect: bool,
) -> Result<(), ClientError> {
    let mut printer = context.printer;
    printer.quiet |= !is_only_one;
    let mut progress = Progress::new(printer);
    let show = |now: &Operation| progress.operation(now);
    client
        .follow(&operation.id, cancel_on_disconnect, show)
        .await?;
    Ok(())
}
