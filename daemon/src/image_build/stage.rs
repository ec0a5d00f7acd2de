//! What one stage does in its VM.

use banger_api::Problem;
use banger_dockerfile::{Action, Planned, RunAction};
use banger_vmm::GuestChannel;

use super::{
    build::{Building, Machines},
    copy_step::{self, Origin},
    mount_step,
    pick::Spool,
    run_step,
    stages::lost,
};

/// A stage that is being built.
pub struct Stage<'a> {
    /// The build.
    pub building: &'a Building<'a>,
    /// What is to be done.
    pub planned: &'a Planned,
    /// The VMs that there are.
    pub machines: &'a Machines,
    /// How the agent of its own VM is reached.
    pub channel: GuestChannel,
}

impl Stage<'_> {
    /// Does what an instruction asks for; errors begin with the title.
    pub async fn act(&self, action: Action, title: &str) -> Result<(), Problem> {
        match action {
            Action::Run(run) => self.run(run, title).await,
            Action::MakeDirectory(path) => copy_step::make_directory(&self.channel, &path).await,
            Action::Copy { .. } => self.copy(action, title).await,
        }
    }

    async fn run(&self, mut run: RunAction, title: &str) -> Result<(), Problem> {
        let (channel, output) = (&self.channel, &self.building.build.output);
        let mounts = std::mem::take(&mut run.mounts);
        for (number, mount) in mounts.iter().enumerate() {
            if let Some(files) = mount_step::files(mount, number) {
                let title = format!("{title}: mounting {}", mount.target);
                self.copy(files, &title).await?;
            }
        }
        mount_step::mount(channel, &mounts, title, output).await?;
        run_step::run(channel, run, title, output).await?;
        mount_step::unmount(channel, &mounts, title, output).await
    }

    async fn copy(&self, action: Action, title: &str) -> Result<(), Problem> {
        let Action::Copy { from, .. } = &action else {
            return Ok(());
        };
        let building = self.building;
        let spool = Spool {
            directory: building.place.directory,
            most: building.capacity,
        };
        let origin = match from {
            None => Origin::Context(&building.build.context),
            Some(word) => {
                let of = self.planned.sources.get(word).ok_or_else(lost)?;
                Origin::Guest {
                    channel: self.machines.get(of).ok_or_else(lost)?.channel()?,
                }
            }
        };
        let copied = copy_step::copy(&self.channel, origin, action, &spool).await;
        copied.map_err(|mut problem| {
            problem.detail = format!("{title}: {}", problem.detail);
            problem
        })
    }
}
