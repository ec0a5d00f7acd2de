//! `vm create`.

use clap::Args;

use super::machine::MachineArguments;

/// Make a VM and start it. Prints its name.
#[derive(Debug, Args)]
pub struct CreateArguments {
    /// Only make it.
    #[arg(long)]
    pub stopped: bool,
    /// Delete it as soon as it stops.
    #[arg(long)]
    pub rm: bool,
    /// What the VM is to be.
    #[command(flatten)]
    pub machine: MachineArguments,
}
