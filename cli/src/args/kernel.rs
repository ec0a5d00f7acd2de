//! `banger kernel`: its verbs.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use clap_complete::ArgValueCandidates;

use super::value;
use crate::complete;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum KernelCommand {
    /// Fetch a kernel of the catalog, through the host's apt.
    Pull(PullArguments),
    /// Take a kernel from this host's files.
    Import(ImportArguments),
    /// List the kernels.
    #[command(visible_alias = "ls")]
    List,
    /// Show all about a kernel.
    Show(KernelArgument),
    /// Delete kernels that no VM uses.
    #[command(visible_alias = "rm")]
    Delete(KernelArguments),
}

/// `kernel pull`.
#[derive(Debug, Args)]
pub struct PullArguments {
    /// A name of the catalog, such as debian-cloud.
    #[arg(value_name = "KERNEL", add = ArgValueCandidates::new(complete::catalog_kernels))]
    pub kernel: String,
    /// Fetch it anew though it is there already.
    #[arg(long)]
    pub force: bool,
}

/// `kernel import`.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("from").required(true).args(["host", "vmlinux"])))]
pub struct ImportArguments {
    /// This host's running kernel and its modules.
    #[arg(long)]
    pub host: bool,
    /// A vmlinux, or a bzImage of any compression.
    #[arg(long, visible_alias = "vmlinuz", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub vmlinux: Option<PathBuf>,
    /// Its modules, as in /lib/modules/RELEASE; none where it needs none.
    #[arg(long, value_name = "DIR", conflicts_with = "host", value_hint = ValueHint::DirPath)]
    pub modules: Option<PathBuf>,
    /// The name that it gets; `host`, or the file's by default.
    #[arg(long, value_parser = value::artifact_name)]
    pub name: Option<String>,
}

/// One kernel.
#[derive(Debug, Args)]
pub struct KernelArgument {
    /// Its name.
    #[arg(value_name = "KERNEL", add = ArgValueCandidates::new(complete::own_kernels))]
    pub kernel: String,
}

/// Several kernels.
#[derive(Debug, Args)]
pub struct KernelArguments {
    /// Their names.
    #[arg(required = true, value_name = "KERNEL", add = ArgValueCandidates::new(complete::own_kernels))]
    pub kernels: Vec<String>,
    /// Delete what VMs use, too: they keep it, and it goes with the last of them.
    #[arg(short, long)]
    pub force: bool,
}
