//! `banger kernel`: its verbs.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use clap_complete::ArgValueCandidates;

use super::value;
use crate::complete;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum KernelCommand {
    /// Fetch a kernel that is built in, or of the catalog in the settings.
    Pull(PullArguments),
    /// Take a kernel from files, packages or an address.
    Import(Box<ImportArguments>),
    /// List the kernels.
    #[command(visible_alias = "ls")]
    List(ListArguments),
    /// Show all about a kernel.
    Show(KernelArgument),
    /// Delete kernels that no VM uses.
    #[command(visible_alias = "rm")]
    Delete(KernelArguments),
}

/// `kernel list`.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// List what can be pulled instead.
    #[arg(long)]
    pub available: bool,
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
#[command(group(clap::ArgGroup::new("from").required(true)
    .args(["host", "vmlinux", "deb", "rpm", "apk", "xbps", "tarball", "url"])))]
pub struct ImportArguments {
    /// This host's running kernel and its modules.
    #[arg(long)]
    pub host: bool,
    /// A vmlinux, or a bzImage of any compression.
    #[arg(long, visible_alias = "vmlinuz", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub vmlinux: Option<PathBuf>,
    /// Its modules, as in /lib/modules/RELEASE; none where it needs none.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath,
        conflicts_with_all = ["host", "deb", "rpm", "apk", "xbps", "tarball", "url"])]
    pub modules: Option<PathBuf>,
    /// An initrd that has its modules; nothing else of it is used.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath,
        conflicts_with_all = ["modules", "host", "deb", "rpm", "apk", "xbps", "tarball", "url"])]
    pub initrd: Option<PathBuf>,
    /// A Debian package; may be given several times.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub deb: Vec<PathBuf>,
    /// An RPM package; several times where kernel and modules are apart, as in Fedora.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rpm: Vec<PathBuf>,
    /// An Alpine package.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub apk: Vec<PathBuf>,
    /// A Void package.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub xbps: Vec<PathBuf>,
    /// A tarball with vmlinux or vmlinuz, and modules/ or an initrd where it has any.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub tarball: Option<PathBuf>,
    /// The address of a tarball or package.
    #[arg(long, value_name = "URL", requires = "sha256", value_hint = ValueHint::Url)]
    pub url: Option<String>,
    /// The SHA-256 of what is there, in hex.
    #[arg(long, value_name = "HEX", requires = "url")]
    pub sha256: Option<String>,
    /// The name that it gets; `host`, or the file's without its ending by default.
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
