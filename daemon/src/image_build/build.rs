//! A build from beginning to end.

use std::collections::BTreeMap;

use banger_api::{ErrorCode, ImageConfig, Problem};
use banger_dockerfile::{BuildArgs, Dockerfile, Plan, RunAction, interpreter};

use super::{
    Context, MachineSize, guest_path, machine::Machine, owner, run_step, stages, work_seed,
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
    /// Where its VMs are made.
    pub vms: Vms,
    /// What its VMs have.
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
        /// The image that it runs in.
        from: String,
        /// Its name, for people.
        name: String,
        /// Its text.
        text: String,
    },
    /// The instructions of a Dockerfile.
    Dockerfile {
        /// They.
        dockerfile: Box<Dockerfile>,
        /// Which of its stages, in which order.
        plan: Plan,
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
    /// The image that it begins with.
    pub fn base(&self) -> &str {
        match &self.steps {
            Steps::Script { from, .. } => from,
            Steps::Dockerfile { plan, .. } => plan.root(plan.stages.len().saturating_sub(1)),
        }
    }

    /// Builds; on an error, too, no VM is left.
    pub async fn run(
        self,
        place: Place<'_>,
        capacity: u64,
        there: &There<ImageRecord>,
        reporter: &Reporter,
    ) -> Result<Built, Problem> {
        let building = Building {
            build: &self,
            place,
            capacity,
            there,
            reporter,
        };
        let mut machines = BTreeMap::new();
        let outcome = building.run(&mut machines).await;
        building.tell("deleting the build's VM");
        for machine in machines.into_values() {
            machine.delete().await;
        }
        // What stages built on goes with them.
        self.vms.images().release(place.id).await;
        outcome
    }
}

/// A build that is under way.
pub struct Building<'a> {
    /// What is built.
    pub build: &'a Build,
    /// Where the image is made.
    pub place: Place<'a>,
    /// The largest root file system, in bytes.
    pub capacity: u64,
    /// The images that are there.
    pub there: &'a There<ImageRecord>,
    /// Who hears of it.
    pub reporter: &'a Reporter,
}

/// VMs by the stages that are built in them.
pub type Machines = BTreeMap<usize, Machine>;

impl Building<'_> {
    async fn run(&self, machines: &mut Machines) -> Result<Built, Problem> {
        let (last, config) = match &self.build.steps {
            Steps::Script { from, name, text } => {
                let machine = self.boot(from, None, 0).await?;
                let channel = machine.channel();
                let base = base_config(self.there, machine.image_id());
                machines.insert(0, machine);
                let (channel, title) = (channel?, format!("running {name}"));
                self.tell(&title);
                let run = script(text, &base);
                self.unless_cancelled(run_step::run(&channel, run, &title, &self.build.output))
                    .await?;
                (0, base)
            }
            Steps::Dockerfile {
                dockerfile,
                plan,
                args,
            } => {
                for name in dockerfile.undeclared(args) {
                    let note = format!("no ARG declares the build argument {name}");
                    self.reporter.note(note);
                }
                let config = stages::build(self, dockerfile, plan, args, machines).await?;
                (plan.stages.len().saturating_sub(1), config)
            }
        };
        let Some(machine) = machines.get(&last) else {
            return Err(Problem::new(ErrorCode::Internal, "the build has no VM"));
        };
        self.finish(machine, config).await
    }

    /// Boots a VM of an image for a stage.
    pub async fn boot(
        &self,
        image: &str,
        kernel: Option<String>,
        stage: usize,
    ) -> Result<Machine, Problem> {
        let Build {
            vms, size, output, ..
        } = self.build;
        let name = match stage {
            0 => format!("build-{}", self.place.id),
            stage => format!("build-{}-{stage}", self.place.id),
        };
        let mut size = size.clone();
        size.kernel = size.kernel.or(kernel);
        Machine::boot(vms, &name, image, &size, self.reporter, output).await
    }

    async fn finish(&self, machine: &Machine, config: ImageConfig) -> Result<Built, Problem> {
        let channel = machine.channel()?;
        let passwd = self.unless_cancelled(guest_path::read(&channel, "/etc/passwd"));
        let users = owner::names(&passwd.await?.unwrap_or_default());
        self.tell("writing the image");
        // It hears of a cancel by itself: its thread has to end before its files go.
        let converted = convert_system(&channel, self.place, self.capacity, self.reporter).await?;
        let mut built = Built {
            config,
            users,
            converted,
        };
        if work_seed::is_worth_keeping(machine) {
            self.tell("keeping /root for new VMs");
            let cancelled = self.reporter.cancelled();
            match cancelled.run_until_cancelled(machine.stop()).await {
                // Without it, VMs fill their disks by themselves.
                Some(false) => {}
                Some(true) => {
                    built.converted.size += work_seed::keep(machine, self.place.directory).await?;
                }
                None => return Err(error::cancelled()),
            }
        }
        Ok(built)
    }

    /// Does something that may be dropped at any point.
    ///
    /// # Errors
    /// Its own, or that the build was cancelled.
    pub async fn unless_cancelled<T>(
        &self,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let cancelled = self.reporter.cancelled();
        let done = cancelled.run_until_cancelled(work).await;
        done.ok_or_else(error::cancelled)?
    }

    /// Tells what is done now.
    pub fn tell(&self, stage: &str) {
        self.reporter.stage(stage);
        self.build.output.line(&format!("==> {stage}"));
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
        mounts: Vec::new(),
    }
}

/// How an image that is there wants to be run.
pub fn base_config(there: &There<ImageRecord>, id: Option<String>) -> ImageConfig {
    let there = there.borrow();
    let found = there
        .iter()
        .find(|item| Some(&item.record.id) == id.as_ref());
    found
        .map(|item| item.record.config.clone())
        .unwrap_or_default()
}
