//! A Dockerfile's stages, each in its VM.

use std::{collections::BTreeMap, io::Cursor};

use banger_api::{ErrorCode, ImageConfig, Problem};
use banger_dockerfile::{Action, Base, BuildArgs, Dockerfile, Plan, Planned, State};

use super::{
    build::{Building, Machines, base_config},
    machine::Machine,
    mount_step,
    stage::Stage,
};
use crate::{
    error,
    image_cache::{Archive, ImageRecipe, Naming},
};

/// What stages build on that have a VM of their own.
struct Copy {
    /// The image's id.
    image: String,
    /// The kernel of the VM that it was made of.
    kernel: String,
}

/// Builds all stages in their order. The last one's VM is there at the end, no other; on an
/// error, any may be.
///
/// # Errors
/// When a VM is not to be had or a step fails.
pub async fn build(
    building: &Building<'_>,
    dockerfile: &Dockerfile,
    plan: &Plan,
    args: &BuildArgs,
    machines: &mut Machines,
) -> Result<ImageConfig, Problem> {
    let mut states: Vec<State> = Vec::new();
    let mut copies: BTreeMap<usize, Copy> = BTreeMap::new();
    let mut steps = Steps {
        number: 0,
        total: plan.stages.iter().map(|of| of.instructions.len()).sum(),
    };
    for (at, stage) in plan.stages.iter().enumerate() {
        let state = match &stage.base {
            Base::Image(_) | Base::Scratch => {
                let image = match &stage.base {
                    Base::Image(image) => image.clone(),
                    _ => empty(building).await?,
                };
                let machine = building.boot(&image, None, at).await?;
                let base = base_config(building.there, machine.image_id());
                machines.insert(at, machine);
                let state = State::new(dockerfile, base, args.clone());
                state.map_err(|error| error::dockerfile(&error))?
            }
            Base::Stage(of) => {
                let machine = match copies.get(of) {
                    Some(copy) if !plan.goes_on(at) => {
                        let kernel = Some(copy.kernel.clone());
                        building.boot(&copy.image, kernel, at).await?
                    }
                    _ => machines.remove(of).ok_or_else(lost)?,
                };
                machines.insert(at, machine);
                states.get(*of).ok_or_else(lost)?.continued()
            }
        };
        let state = steps.of_stage(building, plan, at, state, machines).await?;
        if plan.is_copied_whole(at) {
            let machine = machines.get(&at).ok_or_else(lost)?;
            copies.insert(at, copy(building, stage, machine, &state.config).await?);
        }
        states.push(state);
        let over = machines.keys().filter(|of| !plan.needs(**of, at));
        for of in over.copied().collect::<Vec<_>>() {
            let label = plan.stages.get(of).map_or("", |of| &of.label);
            building.tell(&format!("deleting the VM of {label}"));
            if let Some(machine) = machines.remove(&of) {
                machine.delete().await;
            }
        }
    }
    let last = states.pop().ok_or_else(lost)?;
    Ok(last.config)
}

/// How far a build is.
struct Steps {
    number: usize,
    total: usize,
}

impl Steps {
    async fn of_stage(
        &mut self,
        building: &Building<'_>,
        plan: &Plan,
        at: usize,
        mut state: State,
        machines: &Machines,
    ) -> Result<State, Problem> {
        let stage = plan.stages.get(at).ok_or_else(lost)?;
        let doing = Stage {
            building,
            planned: stage,
            machines,
            channel: machines.get(&at).ok_or_else(lost)?.channel()?,
        };
        let mut has_mounted = false;
        for instruction in &stage.instructions {
            self.number += 1;
            let of = match plan.stages.len() {
                1 => String::new(),
                _ => format!("{}: ", stage.label),
            };
            let (number, total, text) = (self.number, self.total, &instruction.text);
            let title = format!("{of}step {number} of {total}: {text}");
            building.tell(&title);
            let action = state.apply(instruction);
            let action = action.map_err(|error| error::dockerfile(&error))?;
            let Some(action) = action else { continue };
            let title = format!("{title} (line {})", instruction.line);
            has_mounted |= matches!(&action, Action::Run(run) if !run.mounts.is_empty());
            building.unless_cancelled(doing.act(action, &title)).await?;
        }
        if has_mounted {
            let clearing = mount_step::clear(&doing.channel, &building.build.output);
            building.unless_cancelled(clearing).await?;
        }
        Ok(state)
    }
}

/// Makes an image of what a stage came to.
async fn copy(
    building: &Building<'_>,
    stage: &Planned,
    machine: &Machine,
    config: &ImageConfig,
) -> Result<Copy, Problem> {
    building.tell(&format!(
        "keeping {} for the stages that build on it",
        stage.label
    ));
    let recipe = ImageRecipe::Commit {
        vm: machine.name(),
        channel: machine.channel()?,
        config: Box::new(config.clone()),
    };
    Ok(Copy {
        image: make(building, recipe).await?,
        kernel: machine.kernel(),
    })
}

/// An image of an empty directory, for `FROM scratch`: a VM boots without any program of an
/// image, and an image has one entry at least.
async fn empty(building: &Building<'_>) -> Result<String, Problem> {
    building.tell("making an empty image");
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Directory);
    header.set_mode(0o755);
    header.set_size(0);
    let mut builder = tar::Builder::new(Vec::new());
    let tar = builder
        .append_data(&mut header, "etc", std::io::empty())
        .and_then(|()| builder.into_inner());
    let tar = tar.map_err(|source| error::io(building.place.directory, &source))?;
    let archive = Archive {
        tar: Box::new(Cursor::new(tar)),
        naming: Naming::Given,
    };
    make(building, ImageRecipe::Archive(archive)).await
}

/// Makes an image without a name, which is there until the build ends; gives its id.
async fn make(building: &Building<'_>, recipe: ImageRecipe) -> Result<String, Problem> {
    let (images, id) = (building.build.vms.images(), building.place.id);
    let work = images.make_for(id, &format!("build-{id}"), recipe).await?;
    let image = work.id().to_owned();
    work.follow(building.reporter).await?;
    Ok(image)
}

/// The plan is at odds with itself.
pub fn lost() -> Problem {
    Problem::new(ErrorCode::Internal, "the build has lost one of its VMs")
}
