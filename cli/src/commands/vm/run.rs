//! `banger vm run`: make a VM, put a repository in it, run something, and end as that does.
//!
//! ```text
//! create ──> send the workspace ──> run ──> exit code
//!    └─────────────┴── interrupted or failed: the VM is deleted
//!                                     └── with --rm it is deleted whatever happens
//! ```

use banger_api::{CreateVm, ErrorCode, ExecRequest, Vm};
use banger_client::{Client, ClientError, Hold};

use super::exec::{environment, milliseconds};
use crate::{
    args::run::RunArguments, commands::workspace, context::Context, error::CliError,
    exit_status::ExitStatus, human::mebibytes, progress::Progress, session, signals::Signals,
    terminal, workspace::Workspace,
};

/// Makes a VM and runs something in it.
///
/// # Errors
/// When the workspace cannot be sent, the VM not be made, or the command not be started.
pub async fn run(context: &Context, arguments: RunArguments) -> Result<ExitStatus, CliError> {
    // What is wrong here is told before anything is made.
    let workspace = match &arguments.path {
        Some(path) => Some(Workspace::of(path, arguments.include_untracked)?),
        None => None,
    };
    if let Some(workspace) = workspace.as_ref().filter(|_| arguments.dry_run) {
        workspace::list(context, workspace)?;
        return Ok(ExitStatus::Success);
    }
    let mut request = request(&arguments, workspace.as_ref())?;
    let client = context.client().await?;
    let mut signals = Signals::listen()?;
    let (vm, _hold) = create(context, &client, &arguments, &mut signals).await?;
    if let Some(workspace) = workspace {
        let sent = workspace::send(context, &client, &vm.id, workspace);
        if let Err(error) = signals.unless(sent).await {
            // A VM without its workspace is not what was asked for.
            delete(context, &client, &vm).await;
            return Err(error);
        }
    }
    // An image that says what it runs is run so, as docker does.
    if arguments.command.is_empty() && arguments.path.is_none() && has_command(&client, &vm).await?
    {
        request.command = Vec::new();
    }
    let ended = session::run(&client, &vm.id, &request, &mut signals).await;
    if arguments.rm {
        delete(context, &client, &vm).await;
    } else {
        tell_how_to_return(context, &vm);
    }
    match ended {
        Err(error) if is_missing_shell(&error, &arguments) => {
            Err(CliError::NoShell { image: vm.image })
        }
        ended => ended,
    }
}

fn request(
    arguments: &RunArguments,
    workspace: Option<&Workspace>,
) -> Result<ExecRequest, CliError> {
    let command = if arguments.command.is_empty() {
        super::shell()
    } else {
        ExecRequest {
            command: arguments.command.clone(),
            ..ExecRequest::default()
        }
    };
    let has_terminal = arguments.tty || (!arguments.no_tty && terminal::is_interactive());
    Ok(ExecRequest {
        env: environment(&arguments.env)?,
        working_dir: workspace.map(Workspace::guest_directory).transpose()?,
        // The workspace is root's, whoever the image would run as.
        user: workspace.map(|_| "root".to_owned()),
        stdin: !arguments.no_stdin,
        terminal: has_terminal.then(terminal::size),
        timeout_ms: arguments.timeout.map(milliseconds),
        ..command
    })
}

/// Whether the VM's image has a command of its own.
async fn has_command(client: &Client, vm: &Vm) -> Result<bool, CliError> {
    let Some(id) = &vm.image_id else {
        return Ok(false);
    };
    let asked = client.api().get_image().image(id).send().await;
    let config = asked.map_err(ClientError::from)?.into_inner().config;
    Ok(!config.entrypoint.is_empty() || !config.cmd.is_empty())
}

/// Makes the VM, with what is missing for it. Interrupted or failed, all is gone again. A VM
/// of one run is held: should this process be killed, the daemon deletes it.
async fn create(
    context: &Context,
    client: &Client,
    arguments: &RunArguments,
    signals: &mut Signals,
) -> Result<(Vm, Option<Hold>), CliError> {
    let body = CreateVm {
        // Should the daemon be killed too, the VM is gone when it ends.
        delete_when_stopped: arguments.rm,
        ..arguments.machine.request()
    };
    let asked = client.api().create_vm().body(body);
    let operation = asked.send().await.map_err(ClientError::from)?.into_inner();
    let hold = match arguments.rm {
        // One that failed already is gone: following the operation says why.
        true => client.hold(&operation.target).await.ok(),
        false => None,
    };
    let get = || async {
        let vm = client.api().get_vm().vm(&operation.target).send().await;
        Ok::<_, CliError>(vm.map_err(ClientError::from)?.into_inner())
    };
    // It may have failed already, and be gone: the operation says why then.
    let before = get().await.ok().map(|vm| spec(&vm));
    if let Some(spec) = &before {
        context.printer.labelled("spec", spec);
    }
    context.follow(client, &operation, signals).await?;
    let vm = get().await?;
    // An image that had to be fetched may have its own word on the disk.
    if before.is_some_and(|before| before != spec(&vm)) {
        context.printer.labelled("spec", spec(&vm));
    }
    if let Err(interrupted) = signals.check() {
        // It came too late to cancel.
        delete(context, client, &vm).await;
        return Err(interrupted);
    }
    Ok((vm, hold))
}

fn spec(vm: &Vm) -> String {
    format!(
        "{} vCPU, {} memory, {} disk, image {}, kernel {}",
        vm.vcpus,
        mebibytes(vm.memory_mib.into()),
        mebibytes(vm.disk_mib),
        vm.image,
        vm.kernel
    )
}

/// Deletes it for good. What cannot be deleted is told, but is not why the command ended.
async fn delete(context: &Context, client: &Client, vm: &Vm) {
    let mut progress = Progress::fleeting(context.printer);
    progress.stage(&format!("deleting VM {}", vm.name));
    let asked = client.api().delete_vm().vm(&vm.id).force(true).wait(true);
    let deleted = asked.send().await.map_err(ClientError::from);
    drop(progress);
    match deleted {
        Ok(_) => {}
        // It stopped by itself, and went with that.
        Err(error) if error.code() == Some(ErrorCode::VmNotFound) => {}
        Err(error) => {
            let hint = format!("delete it: banger vm delete -f {}", vm.name);
            let text = format!("VM {} is not deleted: {error}", vm.name);
            context.printer.error(text, Some(hint));
        }
    }
}

fn tell_how_to_return(context: &Context, vm: &Vm) {
    let name = &vm.name;
    context.printer.note(format!(
        "VM {name} stays: banger vm shell {name}, or delete it: banger vm delete -f {name}"
    ));
}

fn is_missing_shell(error: &CliError, arguments: &RunArguments) -> bool {
    arguments.command.is_empty() && error.code() == Some(ErrorCode::CommandNotFound)
}
