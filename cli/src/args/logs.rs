//! `vm logs`.

use clap::{Args, ValueEnum};
use clap_complete::ArgValueCandidates;

use crate::complete;

/// Print a VM's console.
#[derive(Debug, Args)]
pub struct LogsArguments {
    /// The VM's name or id.
    #[arg(value_name = "VM", add = ArgValueCandidates::new(complete::vms))]
    pub vm: String,
    /// Go on as it grows, until the VM stops.
    #[arg(short, long)]
    pub follow: bool,
    /// Only that many lines from the end.
    #[arg(long, value_name = "N")]
    pub tail: Option<u32>,
    /// Which log.
    #[arg(long, value_enum, default_value_t)]
    pub source: LogArgument,
}

/// Which log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogArgument {
    /// The guest's serial console, over all its boots.
    #[default]
    Console,
    /// What the VMM itself said.
    Vmm,
}
