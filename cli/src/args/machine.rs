//! What a new VM is to be: the part that `vm run` and `vm create` share.

use banger_api::{CreateVm, Network, PullPolicy, WaitFor};
use clap::{Args, ValueEnum};
use clap_complete::ArgValueCandidates;

use super::value;
use crate::complete;

/// What a VM has: one that stays, or one that builds an image.
#[derive(Clone, Debug, Default, Args)]
pub struct SizeArguments {
    /// Processors.
    #[arg(long, visible_alias = "vcpus", value_name = "N", value_parser = value::vcpus)]
    pub vcpu: Option<u16>,
    /// Memory, such as 512M or 2GiB.
    #[arg(long, value_name = "SIZE", value_parser = value::memory)]
    pub memory: Option<u32>,
    /// The size of its disk, such as 8GiB, where it is not to be as the image says; it takes
    /// only what is written to it.
    #[arg(long, value_name = "SIZE", value_parser = value::disk)]
    pub disk_size: Option<u64>,
}

/// What a new VM is to be.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "The VM")]
pub struct MachineArguments {
    /// Its name, a DNS label; made up where absent.
    #[arg(long, value_parser = value::vm_name)]
    pub name: Option<String>,
    /// The image; pulled when it is not there yet.
    #[arg(long, add = ArgValueCandidates::new(complete::images))]
    pub image: Option<String>,
    /// The kernel; pulled when it is not there yet.
    #[arg(long, add = ArgValueCandidates::new(complete::kernels))]
    pub kernel: Option<String>,
    /// What it has.
    #[command(flatten)]
    pub size: SizeArguments,
    /// How it reaches the network.
    #[arg(long, value_enum, default_value_t)]
    pub network: NetworkArgument,
    /// When it counts as started.
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub wait_for: WaitForArgument,
    /// Fail when the image or kernel is not there yet, rather than pull it.
    #[arg(long)]
    pub no_pull: bool,
}

/// How a VM reaches the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum NetworkArgument {
    /// Outgoing connections, through the VMM's own network.
    #[default]
    User,
    /// No network.
    None,
}

/// When a VM counts as started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum WaitForArgument {
    /// When it can run a command.
    #[default]
    Agent,
    /// When its init has started all services.
    System,
}

impl From<WaitForArgument> for WaitFor {
    fn from(argument: WaitForArgument) -> Self {
        match argument {
            WaitForArgument::Agent => Self::Agent,
            WaitForArgument::System => Self::System,
        }
    }
}

impl MachineArguments {
    /// As the API asks for it.
    pub fn request(&self) -> CreateVm {
        CreateVm {
            name: self.name.clone(),
            image: self.image.clone(),
            kernel: self.kernel.clone(),
            vcpus: self.size.vcpu,
            memory_mib: self.size.memory,
            disk_mib: self.size.disk_size,
            network: match self.network {
                NetworkArgument::User => Network::User,
                NetworkArgument::None => Network::None,
            },
            wait_for: self.wait_for.into(),
            pull: if self.no_pull {
                PullPolicy::Never
            } else {
                PullPolicy::Missing
            },
            ..CreateVm::default()
        }
    }
}
