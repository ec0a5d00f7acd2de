//! `banger operation`: its verbs.

use clap::{Args, Subcommand};
use clap_complete::ArgValueCandidates;

use crate::complete;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum OperationCommand {
    /// List operations, the newest first.
    #[command(visible_alias = "ls")]
    List,
    /// Show all about an operation.
    Show(OperationArgument),
    /// Ask an operation to end early, and wait until it has.
    Cancel(OperationArgument),
    /// Follow an operation until it ends.
    Watch(OperationArgument),
}

/// One operation.
#[derive(Debug, Args)]
pub struct OperationArgument {
    /// Its id.
    #[arg(value_name = "OPERATION", add = ArgValueCandidates::new(complete::operations))]
    pub operation: String,
}
