//! `banger daemon`: its verbs.

use clap::{Args, Subcommand};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum DaemonCommand {
    /// Show what runs; starts nothing.
    Status,
    /// Start the daemon, unless one answers.
    Start,
    /// Stop the daemon. Its VMs go on, and the next daemon finds them.
    Stop(StopArguments),
    /// Print the path of its socket.
    Socket,
    /// Print its log, a JSON object a line.
    Logs(LogsArguments),
}

/// `daemon stop`.
#[derive(Debug, Args)]
pub struct StopArguments {
    /// Stop the running VMs too.
    #[arg(long)]
    pub vms: bool,
}

/// `daemon logs`.
#[derive(Debug, Args)]
pub struct LogsArguments {
    /// Only that many lines from the end.
    #[arg(long, value_name = "N")]
    pub tail: Option<usize>,
}
