//! `banger`: the command line. It parses, calls the API, and shows progress.
//!
//! | file | duty |
//! |---|---|
//! | `main.rs` | from the process to a command, and to its exit code |
//! | `args/` | the grammar: one noun a file |
//! | `commands/` | what the verbs do: `<noun>/<verb>.rs` |
//! | `context.rs` | what every command has |
//! | `connect.rs` | finds the daemon, and starts one where none answers |
//! | `workspace/` | a git repository, made ready to be sent |
//! | `archive/` | files of this host as a tar stream |
//! | `copy/` | files and directories to and from a VM |
//! | `session/` | a command in a guest, joined to this terminal |
//! | `terminal.rs` `signals.rs` | the user's terminal, and signals |
//! | `printer.rs` `progress.rs` `table.rs` `human.rs` | all that is written |
//! | `error.rs` `exit_status.rs` | all that can go wrong, and how banger ends |
//! | `complete.rs` | names for the shell's completion |
//! | `sys/` | the only unsafe code |

mod archive;
mod args;
mod commands;
mod complete;
mod connect;
mod context;
mod copy;
mod error;
mod exit_status;
mod human;
mod printer;
mod progress;
mod session;
mod signals;
mod sys;
mod table;
mod terminal;
mod workspace;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use clap_complete::CompleteEnv;

use crate::{args::Arguments, context::Context, error::CliError, printer::Printer};

fn main() -> ExitCode {
    // Ends the process where a shell asks for completions.
    CompleteEnv::with_factory(Arguments::command)
        .var(commands::completion::VARIABLE)
        .complete();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let context = Context::new(arguments.global);
    let printer = context.printer;
    let purpose = commands::purpose(&arguments.command);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(commands::run(&context, arguments.command));
            // A thread that still reads our input is not waited for.
            runtime.shutdown_background();
            ended
        }
        Err(error) => Err(CliError::Terminal(error)),
    };
    match ended {
        Ok(status) => status.into(),
        Err(error) => {
            if !error.is_told() {
                printer.error(&error, error.hint());
            }
            error.exit_status(purpose).into()
        }
    }
}

/// Help, the version, and what is wrong with the command line.
fn usage(error: &clap::Error) -> ExitCode {
    // Nobody is left to be told when that fails.
    let _ = error.print();
    if let Some(hint) = args::hint(error.kind(), std::env::args_os().skip(1)) {
        Printer::plain().hint(hint);
    }
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}
