//! The command line's grammar. One noun a file; `docs` on a field are its help.
//!
//! | file | what it describes |
//! |---|---|
//! | `mod.rs` | the top: nouns, and options that every command has |
//! | `vm.rs` | `banger vm`: its verbs |
//! | `run.rs` `create.rs` | making VMs; `machine.rs` has what both ask for |
//! | `exec.rs` | running commands in VMs |
//! | `copy.rs` `logs.rs` | files and logs of VMs |
//! | `image.rs` `kernel.rs` `daemon.rs` `operation.rs` `completion.rs` | the other nouns |
//! | `value.rs` | how values are read: sizes, durations, variables |

pub mod completion;
pub mod copy;
pub mod create;
pub mod daemon;
pub mod exec;
pub mod image;
pub mod kernel;
pub mod logs;
pub mod machine;
pub mod operation;
pub mod run;
#[cfg(test)]
mod tests;
pub mod value;
pub mod vm;

use std::{ffi::OsString, path::PathBuf};

use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{EnumValueParser, TypedValueParser},
    error::ErrorKind,
};

/// Disposable Linux machines: boots a microVM in seconds, runs your repository's commands in
/// it, and throws it away.
#[derive(Debug, Parser)]
#[command(
    name = "banger",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    infer_subcommands = false,
    after_help = "Begin with:\n  banger vm run                      a shell in a new VM\n  \
                  banger vm run . -- make test       this repository's tests in a new VM\n  \
                  banger doctor                      whether VMs can run here"
)]
pub struct Arguments {
    /// Options that every command has.
    #[command(flatten)]
    pub global: GlobalArguments,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command has.
#[derive(Clone, Debug, Args)]
pub struct GlobalArguments {
    /// How answers are written: for people, or as the API's JSON.
    #[arg(
        short,
        long,
        global = true,
        value_parser = EnumValueParser::<OutputFormat>::new().map(Output::Format),
        default_value = "table",
        value_name = "FORMAT"
    )]
    pub output: Output,
    /// Say nothing but answers and errors; lists give names only.
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

impl GlobalArguments {
    /// How answers are written.
    pub fn format(&self) -> OutputFormat {
        match self.output {
            Output::Format(format) => format,
            Output::File(_) => OutputFormat::default(),
        }
    }
}

/// What `--output` says. It is one option to clap, also where a command has it for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// How answers are written.
    Format(OutputFormat),
    /// Where something goes; - is standard output.
    File(PathBuf),
}

/// How answers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Aligned columns.
    #[default]
    Table,
    /// The API's JSON.
    Json,
}

/// The nouns, and a few verbs that have none.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// VMs: run, create, list, exec, copy, delete.
    #[command(subcommand)]
    Vm(vm::VmCommand),
    /// Images: the root file systems that VMs boot into.
    #[command(subcommand)]
    Image(image::ImageCommand),
    /// Kernels: what VMs boot.
    #[command(subcommand)]
    Kernel(kernel::KernelCommand),
    /// The daemon, which runs the VMs; started when it is needed.
    #[command(subcommand)]
    Daemon(daemon::DaemonCommand),
    /// Operations: everything slow that the daemon does.
    #[command(subcommand)]
    Operation(operation::OperationCommand),
    /// Short for `vm run`.
    Run(Box<run::RunArguments>),
    /// Tell whether VMs can run here, and what is missing.
    Doctor,
    /// Follow everything that changes: VMs, images, kernels, operations.
    Events,
    /// Print what makes a shell complete banger's commands, with live names.
    Completion(completion::CompletionArguments),
}

/// What to do about a command line that is not understood, where clap does not see it: a
/// guest's command without the `--` that parts it from ours.
pub fn hint(error: ErrorKind, words: impl Iterator<Item = OsString>) -> Option<String> {
    let words: Vec<String> = words
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let runs = words
        .iter()
        .take(2)
        .any(|word| word == "run" || word == "exec");
    if error != ErrorKind::UnknownArgument || !runs || words.iter().any(|word| word == "--") {
        return None;
    }
    Some("write -- before the guest's command, as in: banger vm run . -- make test".to_owned())
}
