//! `vm exec` and `vm shell`.

use std::time::Duration;

use clap::Args;
use clap_complete::ArgValueCandidates;

use super::value;
use crate::complete;

/// Run a command in a running VM.
///
/// Standard input is passed on, as by ssh. Signals are too: Ctrl-C interrupts the command, a
/// second one within two seconds gives it up. Exit codes are those of `vm run`.
#[derive(Debug, Args)]
pub struct ExecArguments {
    /// The VM's name or id.
    #[arg(value_name = "VM", add = ArgValueCandidates::new(complete::vms))]
    pub vm: String,
    /// The command, looked up in the guest's PATH.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<String>,
    /// Pass on standard input; this is so unless -n is given.
    #[arg(short, long, overrides_with = "no_stdin")]
    pub interactive: bool,
    /// Do not pass on standard input: the command reads nothing.
    #[arg(short = 'n', long, overrides_with = "interactive")]
    pub no_stdin: bool,
    /// Give the command a terminal.
    #[arg(short, long)]
    pub tty: bool,
    /// Let the command go on when this one is ended.
    #[arg(long)]
    pub leave: bool,
    /// Kill the command after that time, such as 90s or 5m; banger ends with 124 then.
    #[arg(long, value_name = "DURATION", value_parser = value::duration)]
    pub timeout: Option<Duration>,
    /// How it runs.
    #[command(flatten)]
    pub context: ContextArguments,
}

/// Open a shell in a running VM.
#[derive(Debug, Args)]
pub struct ShellArguments {
    /// The VM's name or id.
    #[arg(value_name = "VM", add = ArgValueCandidates::new(complete::vms))]
    pub vm: String,
    /// How it runs.
    #[command(flatten)]
    pub context: ContextArguments,
}

/// How a command runs.
#[derive(Clone, Debug, Default, Args)]
pub struct ContextArguments {
    /// Set a variable; without a value, take this shell's.
    #[arg(short, long, value_name = "KEY[=VALUE]", value_parser = value::variable)]
    pub env: Vec<value::Variable>,
    /// Where it runs, in the guest; the user's home by default.
    #[arg(short, long, value_name = "DIR")]
    pub workdir: Option<String>,
    /// A user of the guest, by name or number, with :group where wanted; root by default.
    #[arg(short, long)]
    pub user: Option<String>,
}
