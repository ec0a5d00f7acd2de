//! `banger vm`: its verbs.

use clap::{Args, Subcommand};
use clap_complete::ArgValueCandidates;

use super::{
    copy::CopyArguments,
    create::CreateArguments,
    exec::{ExecArguments, ShellArguments},
    logs::LogsArguments,
    machine::WaitForArgument,
    run::RunArguments,
};
use crate::complete;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum VmCommand {
    /// Make a VM and run something in it.
    Run(Box<RunArguments>),
    /// Make a VM and start it.
    Create(Box<CreateArguments>),
    /// List the VMs.
    #[command(visible_alias = "ls")]
    List,
    /// Show all about a VM.
    Show(VmArgument),
    /// Start stopped VMs.
    Start(StartArguments),
    /// Shut VMs down; their disks are kept.
    Stop(VmArguments),
    /// Shut VMs down and start them.
    Restart(StartArguments),
    /// Send a signal to the VMM of VMs; KILL is a power cut.
    Kill(KillArguments),
    /// Delete VMs with their disks.
    #[command(visible_alias = "rm")]
    Delete(DeleteArguments),
    /// Run a command in a running VM.
    Exec(ExecArguments),
    /// Open a shell in a running VM.
    Shell(ShellArguments),
    /// Print a VM's console.
    Logs(LogsArguments),
    /// Copy files to or from a running VM.
    Cp(CopyArguments),
    /// Make an image of a running VM's file systems: / and /root.
    Commit(CommitArguments),
    /// Show what a running guest tells of itself: load, memory, disks.
    Facts(VmArgument),
}

/// One VM.
#[derive(Debug, Args)]
pub struct VmArgument {
    /// Its name or id.
    #[arg(value_name = "VM", add = ArgValueCandidates::new(complete::vms))]
    pub vm: String,
}

/// Several VMs.
#[derive(Debug, Args)]
pub struct VmArguments {
    /// Their names or ids.
    #[arg(required = true, value_name = "VM", add = ArgValueCandidates::new(complete::vms))]
    pub vms: Vec<String>,
}

/// `vm start` and `vm restart`.
#[derive(Debug, Args)]
pub struct StartArguments {
    /// Which ones.
    #[command(flatten)]
    pub which: VmArguments,
    /// When they count as started.
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub wait_for: WaitForArgument,
}

/// `vm commit`.
#[derive(Debug, Args)]
pub struct CommitArguments {
    /// Its name or id.
    #[arg(value_name = "VM", add = ArgValueCandidates::new(complete::vms))]
    pub vm: String,
    /// The name that the image gets.
    #[arg(long, value_name = "NAME")]
    pub image: String,
    /// Take the name from an image that has it.
    #[arg(long)]
    pub replace: bool,
}

/// `vm kill`.
#[derive(Debug, Args)]
pub struct KillArguments {
    /// Which ones.
    #[command(flatten)]
    pub which: VmArguments,
    /// The signal, by name.
    #[arg(short, long, default_value = "KILL")]
    pub signal: String,
}

/// `vm delete`.
#[derive(Debug, Args)]
pub struct DeleteArguments {
    /// Which ones.
    #[command(flatten)]
    pub which: VmArguments,
    /// End them at once if they run.
    #[arg(short, long)]
    pub force: bool,
}
