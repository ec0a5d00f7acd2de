//! `vm run`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::{machine::MachineArguments, value};

/// Make a VM and run something in it: a shell, or a command.
///
/// With PATH, the git repository that holds it is put at /root/repo first: what git tracks,
/// as it is in your working tree, and .git. Ends with the command's own exit code; with 125
/// when banger failed, 126 when the command could not be executed, 127 when there is none,
/// 128+N when signal N ended it, 124 when its time was up.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  banger vm run\n  banger vm run .\n  \
                        banger vm run . -- make test\n  \
                        banger vm run --rm --memory 2G ./repo -- cargo test")]
pub struct RunArguments {
    /// A directory in a git repository, to work on in the VM.
    #[arg(value_hint = ValueHint::DirPath)]
    pub path: Option<PathBuf>,
    /// The command to run; a shell where absent.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
    /// Delete the VM afterwards, whatever happens.
    #[arg(long)]
    pub rm: bool,
    /// Set a variable for the command; without a value, take this shell's.
    #[arg(short, long, value_name = "KEY[=VALUE]", value_parser = value::variable)]
    pub env: Vec<value::Variable>,
    /// Send untracked files too, unless git ignores them.
    #[arg(long, requires = "path")]
    pub include_untracked: bool,
    /// List the files that would be sent, and do nothing else.
    #[arg(long, requires = "path")]
    pub dry_run: bool,
    /// Kill the command after that time, such as 90s or 5m; banger ends with 124 then.
    #[arg(long, value_name = "DURATION", value_parser = value::duration)]
    pub timeout: Option<Duration>,
    /// Do not pass on standard input.
    #[arg(short = 'n', long)]
    pub no_stdin: bool,
    /// Give the command a terminal; by default where this command has one.
    #[arg(short, long, overrides_with = "no_tty")]
    pub tty: bool,
    /// Give the command pipes, not a terminal.
    #[arg(short = 'T', long, overrides_with = "tty")]
    pub no_tty: bool,
    /// What the VM is to be.
    #[command(flatten)]
    pub machine: MachineArguments,
}
