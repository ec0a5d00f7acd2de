//! Which stages are built, in which order, and who needs whom.
//!
//! A stage that is not needed for the target is not looked at, as Docker has it: its base image
//! need not even exist. An image that files are copied of is a stage without instructions. A
//! stage that builds on such a one builds on its image.
//!
//! | file | duty |
//! |---|---|
//! | `make.rs` | a plan of a Dockerfile, for a target |

mod make;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::Instruction;

/// What Docker calls no image.
const SCRATCH: &str = "scratch";

/// What a stage builds on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// An image: a name, or a registry's reference.
    Image(String),
    /// Nothing: `FROM scratch`.
    Scratch,
    /// An earlier stage of the plan.
    Stage(usize),
}

/// A stage that is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// What people call it: its name, else its number in the Dockerfile, or an image.
    pub label: String,
    /// What it builds on.
    pub base: Base,
    /// What is done.
    pub instructions: Vec<Instruction>,
    /// What its COPY --from and RUN --mount name, as written, and which stages of the plan those are.
    pub sources: BTreeMap<String, usize>,
}

/// The stages that are built, in their order; the last is the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// They; at least one.
    pub stages: Vec<Planned>,
}

impl Plan {
    /// All images that it needs.
    pub fn images(&self) -> impl Iterator<Item = &str> {
        self.stages.iter().filter_map(|stage| match &stage.base {
            Base::Image(image) => Some(image.as_str()),
            Base::Scratch | Base::Stage(_) => None,
        })
    }

    /// The image that a stage builds on in the end.
    pub fn root(&self, mut at: usize) -> &str {
        loop {
            match self.stages.get(at).map(|stage| &stage.base) {
                Some(Base::Image(image)) => return image,
                Some(Base::Scratch) => return SCRATCH,
                // Always an earlier one.
                Some(Base::Stage(of)) if *of < at => at = *of,
                Some(Base::Stage(_)) | None => return "",
            }
        }
    }

    /// Whether a stage can go on in the very VM of the one that it builds on: nobody else
    /// needs that one as it ended.
    pub fn goes_on(&self, at: usize) -> bool {
        let Some(Base::Stage(of)) = self.stages.get(at).map(|stage| &stage.base) else {
            return false;
        };
        self.children(*of).eq([at]) && !self.stages.iter().any(|stage| stage.copies(*of))
    }

    /// Whether stages build on a copy of this one.
    pub fn is_copied_whole(&self, at: usize) -> bool {
        self.children(at).any(|child| !self.goes_on(child))
    }

    /// Whether the VM of a stage is needed once the one at `now` is complete.
    pub fn needs(&self, at: usize, now: usize) -> bool {
        let last = self.stages.len().saturating_sub(1);
        let later = self.stages.iter().enumerate().skip(now + 1);
        let mut users = later.filter(|(number, stage)| {
            stage.copies(at) || (stage.base == Base::Stage(at) && self.goes_on(*number))
        });
        at == last || users.next().is_some()
    }

    fn children(&self, at: usize) -> impl Iterator<Item = usize> {
        let stages = self.stages.iter().enumerate();
        stages.filter_map(move |(number, stage)| (stage.base == Base::Stage(at)).then_some(number))
    }
}

impl Planned {
    fn copies(&self, at: usize) -> bool {
        self.sources.values().any(|of| *of == at)
    }
}
