//! A build from beginning to end.

use banger_api::{ImageConfig, Problem};
use banger_dockerfile::{Action, BuildArgs, Dockerfile, RunAction, State, interpreter};
use banger_vmm::GuestChannel;

use super::{
    Context, MachineSize, copy_step, guest_path, machine::Machine, owner, run_step, work_seed,
};
use crate::{
    error,
    image_cache::{Converted, ImageRecord, convert_system},
    operation::{Output, Reporter},
    registry::Vms,
    shelf::{Place, There},
};

/// What is built.
pub struct Build {
    /// Where its VM is made.
    pub vms: Vms,
    /// The image that it begins with.
    pub base: String,
    /// What its VM has.
    pub size: MachineSize,
    /// What is done in it.
    pub steps: Steps,
    /// The files that may be copied.
    pub context: Context,
    /// Where all can be read that the steps write.
    pub output: Output,
}

/// What is done.
pub enum Steps {
    /// A script runs as root.
    Script {
        /// Its name, for people.
        name: String,
        /// Its text.
        text: String,
    },
    /// The instructions of a Dockerfile.
    Dockerfile {
        /// They.
        dockerfile: Box<Dockerfile>,
        /// Values for its arguments.
        args: BuildArgs,
    },
}

/// What came of it.
pub struct Built {
    /// How the image wants to be run.
    pub config: ImageConfig,
    /// The users that its /etc/passwd names.
    pub users: Vec<String>,
    /// Its file system.
    pub converted: Converted,
}

impl Build {
    /// Builds; on an error, too, no VM is left.
    pub async fn run(
        self,
        place: Place<'_>,
        capacity: u64,
        there: &There<ImageRecord>,
        reporter: &Reporter,
    ) -> Result<Built, Problem> {
        let machine = Machine::boot(
            &self.vms,
            &format!("build-{}", place.id),
            &self.base,
            &self.size,
            reporter,
            &self.output,
        )
        .await?;
        let base = base_config(there, machine.image_id());
        let outcome = self.in_machine(&machine, base, place, capacity, reporter);
        let mut outcome = outcome.await;
        if let Ok(built) = &mut outcome
            && work_seed::is_worth_keeping(&machine)
        {
            self.tell(reporter, "keeping /root for new VMs");
            let cancelled = reporter.cancelled();
            match cancelled.run_until_cancelled(machine.stop()).await {
                // Without it, VMs fill their disks by themselves.
                Some(false) => {}
                Some(true) => match work_seed::keep(&machine, place.directory).await {
                    Ok(size) => built.converted.size += size,
                    Err(problem) => outcome = Err(problem),
                },
                None => outcome = Err(error::cancelled()),
            }
        }
        self.tell(reporter, "deleting the build's VM");
        machine.delete().await;
        outcome
    }

    async fn in_machine(
        &self,
        machine: &Machine,
        base: ImageConfig,
        place: Place<'_>,
        capacity: u64,
        reporter: &Reporter,
    ) -> Result<Built, Problem> {
        let channel = machine.channel()?;
        let stepping = reporter
            .cancelled()
            .run_until_cancelled(self.do_steps(&channel, base, reporter))
            .await;
        let (config, users) = stepping.ok_or_else(error::cancelled)??;
        self.tell(reporter, "writing the image");
        // It hears of a cancel by itself: its thread has to end before its files go.
        let converted = convert_system(&channel, place, capacity, reporter).await?;
        Ok(Built {
            config,
            users,
            converted,
        })
    }

    async fn do_steps(
        &self,
        channel: &GuestChannel,
        base: ImageConfig,
        reporter: &Reporter,
    ) -> Result<(ImageConfig, Vec<String>), Problem> {
        let config = match &self.steps {
            Steps::Script { name, text } => {
                let title = format!("running {name}");
                self.tell(reporter, &title);
                let run = script(text, &base);
                run_step::run(channel, run, &title, &self.output).await?;
                base
            }
            Steps::Dockerfile { dockerfile, args } => {
                for name in dockerfile.undeclared(args) {
                    reporter.note(format!("no ARG declares the build argument {name}"));
                }
                let state = State::new(dockerfile, base, args.clone());
                let mut state = state.map_err(|error| error::dockerfile(&error))?;
                let total = dockerfile.instructions.len();
                for (index, instruction) in dockerfile.instructions.iter().enumerate() {
                    let (number, text) = (index + 1, &instruction.text);
                    let title = format!("step {number} of {total}: {text}");
                    self.tell(reporter, &title);
                    let action = state.apply(instruction);
                    let action = action.map_err(|error| error::dockerfile(&error))?;
                    let Some(action) = action else { continue };
                    let title = format!("{title} (line {})", instruction.line);
                    self.act(channel, action, &title).await?;
                }
                state.config
            }
        };
        let passwd = guest_path::read(channel, "/etc/passwd").await?;
        Ok((config, owner::names(&passwd.unwrap_or_default())))
    }

    async fn act(
        &self,
        channel: &GuestChannel,
        action: Action,
        title: &str,
    ) -> Result<(), Problem> {
        match action {
            Action::Run(run) => run_step::run(channel, run, title, &self.output).await,
            Action::MakeDirectory(path) => copy_step::make_directory(channel, &path).await,
            Action::Copy { .. } => {
                let copied = copy_step::copy(channel, &self.context, action).await;
                copied.map_err(|mut problem| {
                    problem.detail = format!("{title}: {}", problem.detail);
                    problem
                })
            }
        }
    }

    fn tell(&self, reporter: &Reporter, stage: &str) {
        reporter.stage(stage);
        self.output.line(&format!("==> {stage}"));
    }
}

/// A script runs with the base image's variables, as root, in `/`.
fn script(text: &str, base: &ImageConfig) -> RunAction {
    let variables = base
        .env
        .iter()
        .filter_map(|variable| variable.split_once('='));
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    RunAction {
        command: interpreter(text),
        script: Some(text.to_owned()),
        env: variables
            .filter(|(name, _)| !name.is_empty())
            .map(owned)
            .collect(),
        working_dir: "/".to_owned(),
        user: None,
    }
}

fn base_config(there: &There<ImageRecord>, id: Option<String>) -> ImageConfig {
    let there = there.borrow();
    let found = there
        .iter()
        .find(|item| Some(&item.record.id) == id.as_ref());
    found
        .map(|item| item.record.config.clone())
        .unwrap_or_default()
}
