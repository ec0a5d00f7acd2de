//! Starting a command, and why it did not start.

use std::{
    ffi::{CStr, OsStr},
    io,
    os::{
        fd::OwnedFd,
        unix::{ffi::OsStrExt, fs::PermissionsExt},
    },
    path::Path,
    process::{Command, Stdio},
};

use banger_agent_protocol::{
    FrameKind,
    request::{AgentError, AgentErrorCode},
};
use nix::unistd::Pid;

use super::{
    input::Input,
    output::Output,
    plan::{Plan, WorkingDir},
    running::Running,
};
use crate::sys::{
    child::{FailedStep, Setup, begin_as, failed_step},
    terminal,
};

/// A command that runs, and the agent's ends of what it reads and writes.
pub struct Launched {
    /// Its end.
    pub running: Running,
    /// Its input.
    pub input: Input,
    /// Its outputs.
    pub outputs: Vec<Output>,
}

/// Starts it.
///
/// # Errors
/// When it cannot run: `NotFound` where there is no such command, `NoUser` where there is no such user,
/// `NoWorkingDir` where there is no such directory, `NotExecutable` where there is one that the kernel does not execute.
pub fn launch(plan: &Plan) -> Result<Launched, AgentError> {
    let working_dir = match &plan.working_dir {
        WorkingDir::Asked(path) => path.clone(),
        WorkingDir::Home(home) if as_path(home).is_dir() => home.clone(),
        WorkingDir::Home(_) => c"/".to_owned(),
    };
    let mut command = Command::new(&plan.program);
    command
        .args(&plan.arguments)
        .env_clear()
        .envs(&plan.environment);
    begin_as(
        &mut command,
        Setup {
            identity: plan.identity.clone(),
            working_dir: working_dir.clone(),
            terminal: plan.terminal.is_some(),
        },
    );
    let ours = |error: io::Error| {
        failed(
            AgentErrorCode::Failed,
            format!("cannot connect {:?}: {error}", plan.program),
        )
    };
    let start = |command: &mut Command| {
        command
            .spawn()
            .map_err(|error| why_not(plan, &working_dir, error))
    };
    match plan.terminal {
        Some(size) => {
            let pair = terminal::open(size).map_err(ours)?;
            // Programs reopen their terminal by name, as their own user. A file system for
            // terminals that belongs to somebody else is worth no failure.
            let _ = nix::unistd::fchown(&pair.slave, Some(plan.identity.uid.into()), None);
            for give in [Command::stdin, Command::stdout, Command::stderr] {
                give(
                    &mut command,
                    Stdio::from(pair.slave.try_clone().map_err(ours)?),
                );
            }
            let child = start(&mut command)?;
            // Our copies of its end would keep the terminal open.
            drop((command, pair.slave));
            connect(child.id(), || {
                let input = Input::terminal(pair.master.try_clone()?)?;
                Ok((input, vec![Output::new(FrameKind::Stdout, pair.master)?]))
            })
            .map_err(ours)
        }
        None => {
            command.stdin(if plan.stdin {
                Stdio::piped()
            } else {
                Stdio::null()
            });
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = start(&mut command)?;
            let id = child.id();
            connect(id, || {
                let input = Input::pipe(child.stdin.take().map(OwnedFd::from))?;
                let outputs = [
                    child
                        .stdout
                        .take()
                        .map(|fd| Output::new(FrameKind::Stdout, fd.into())),
                    child
                        .stderr
                        .take()
                        .map(|fd| Output::new(FrameKind::Stderr, fd.into())),
                ];
                Ok((
                    input,
                    outputs.into_iter().flatten().collect::<io::Result<_>>()?,
                ))
            })
            .map_err(ours)
        }
    }
}

/// Takes the agent's ends; a command that cannot be attended does not stay.
fn connect(
    id: u32,
    ends: impl FnOnce() -> io::Result<(Input, Vec<Output>)>,
) -> io::Result<Launched> {
    let attended = Running::new(id).and_then(|running| {
        ends().map(|(input, outputs)| Launched {
            running,
            input,
            outputs,
        })
    });
    if attended.is_err() {
        let pid = Pid::from_raw(id.cast_signed());
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
        let _ = nix::sys::wait::waitpid(pid, None);
    }
    attended
}

/// Puts the kernel's error into the words of the one who asked.
fn why_not(plan: &Plan, working_dir: &CStr, error: io::Error) -> AgentError {
    let (step, error) = failed_step(error);
    let directory = as_path(working_dir).display();
    let kind = error.kind();
    match (step, kind) {
        (FailedStep::WorkingDir, io::ErrorKind::NotFound) => failed(
            AgentErrorCode::NoWorkingDir,
            format!("the working directory {directory} does not exist in the guest"),
        ),
        (FailedStep::WorkingDir, io::ErrorKind::NotADirectory) => failed(
            AgentErrorCode::NoWorkingDir,
            format!("the working directory {directory} is no directory"),
        ),
        (FailedStep::WorkingDir, _) => failed(
            AgentErrorCode::PermissionDenied,
            format!("user {} cannot enter {directory}: {error}", plan.user),
        ),
        (FailedStep::Setup, _) => failed(
            AgentErrorCode::Failed,
            format!("cannot start a process as user {}: {error}", plan.user),
        ),
        (FailedStep::Exec, io::ErrorKind::NotFound) => not_found(plan),
        (FailedStep::Exec, io::ErrorKind::OutOfMemory | io::ErrorKind::WouldBlock) => failed(
            AgentErrorCode::Failed,
            format!("the guest cannot start {:?}: {error}", plan.program),
        ),
        (FailedStep::Exec, _) => failed(
            AgentErrorCode::NotExecutable,
            format!("{:?} cannot be executed: {error}", plan.program),
        ),
    }
}

/// The kernel says "not found" of a program, and of the interpreter or loader it asks for.
fn not_found(plan: &Plan) -> AgentError {
    let program = &plan.program;
    let is_program = |path: &Path| {
        path.metadata()
            .is_ok_and(|of| of.is_file() && of.permissions().mode() & 0o111 != 0)
    };
    let (there, place) = if program.contains('/') {
        (
            is_program(Path::new(program)),
            "there is no such file".to_owned(),
        )
    } else {
        let path = plan.environment.get("PATH").map_or("", String::as_str);
        let there = path
            .split(':')
            .any(|directory| is_program(&Path::new(directory).join(program)));
        (there, format!("it is not in PATH ({path})"))
    };
    if there {
        failed(
            AgentErrorCode::NotExecutable,
            format!(
                "{program:?} cannot be executed: its interpreter or loader is not in the guest"
            ),
        )
    } else {
        failed(
            AgentErrorCode::NotFound,
            format!("command not found: {program:?}; {place}"),
        )
    }
}

fn failed(code: AgentErrorCode, message: String) -> AgentError {
    AgentError { code, message }
}

fn as_path(path: &CStr) -> &Path {
    Path::new(OsStr::from_bytes(path.to_bytes()))
}
