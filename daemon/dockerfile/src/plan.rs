//! Which stages are built, in which order, and who needs whom.
//!
//! A stage that is not needed for the target is not looked at, as Docker has it: its base image
//! need not even exist. An image that files are copied of is a stage without instructions. A
//! stage that builds on such a one builds on its image.

use std::collections::BTreeMap;

use super::{BuildArgs, BuildError, Dockerfile, Instruction, Stage, expand::Room};

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

/// What a stage needs of the Dockerfile's others.
struct Needs {
    base: Origin,
    sources: BTreeMap<String, Origin>,
}

/// Where files come from: an image, or a stage by its number in the Dockerfile.
enum Origin {
    Image(String),
    Scratch,
    Stage(usize),
}

impl Dockerfile {
    /// What is built for a stage: that of a name or number, else the last.
    ///
    /// # Errors
    /// When there is no such stage, or a FROM or `from` that is needed means nothing.
    pub fn plan(&self, given: &BuildArgs, target: Option<&str>) -> Result<Plan, BuildError> {
        self.plan_on(None, given, target)
    }

    /// The same on an image, whatever FROM says; nothing unless there is one stage.
    ///
    /// # Errors
    /// As [`Dockerfile::plan`].
    pub fn plan_single(
        &self,
        image: &str,
        given: &BuildArgs,
        target: Option<&str>,
    ) -> Result<Option<Plan>, BuildError> {
        match self.stages.len() {
            1 => self.plan_on(Some(image), given, target).map(Some),
            _ => Ok(None),
        }
    }

    fn plan_on(
        &self,
        image: Option<&str>,
        given: &BuildArgs,
        target: Option<&str>,
    ) -> Result<Plan, BuildError> {
        let names = self.names();
        let target = match target {
            Some(wanted) => self.find(wanted, &names)?,
            None => self.stages.len().saturating_sub(1),
        };
        let globals = self.global_args(given)?;
        let room = Room::default();
        let mut needed: BTreeMap<usize, Needs> = BTreeMap::new();
        let mut open = vec![target];
        while let Some(number) = open.pop() {
            if needed.contains_key(&number) {
                continue;
            }
            let Some(stage) = self.stages.get(number) else {
                continue;
            };
            let needs = Needs {
                base: match image {
                    Some(image) => Origin::Image(image.to_owned()),
                    None => self.base(number, &names, &globals, &room)?,
                },
                sources: sources(stage, number, &names)?,
            };
            let all = needs.sources.values().chain([&needs.base]);
            open.extend(all.filter_map(|from| match from {
                Origin::Stage(of) => Some(*of),
                Origin::Image(_) | Origin::Scratch => None,
            }));
            needed.insert(number, needs);
        }
        let mut plan = Plan { stages: Vec::new() };
        let (mut places, mut images) = (BTreeMap::new(), BTreeMap::new());
        // A stage only needs earlier ones.
        for (number, needs) in needed {
            let mut sources = BTreeMap::new();
            for (word, from) in needs.sources {
                let place = match from {
                    Origin::Stage(of) => places.get(&of).copied(),
                    Origin::Scratch => None,
                    Origin::Image(image) => {
                        let place = images.entry(image.clone()).or_insert_with(|| {
                            plan.stages.push(Planned {
                                label: image.clone(),
                                base: Base::Image(image),
                                instructions: Vec::new(),
                                sources: BTreeMap::new(),
                            });
                            plan.stages.len() - 1
                        });
                        Some(*place)
                    }
                };
                sources.extend(place.map(|place| (word, place)));
            }
            let base = match needs.base {
                Origin::Image(image) => Base::Image(image),
                Origin::Scratch => Base::Scratch,
                Origin::Stage(of) => Base::Stage(places.get(&of).copied().unwrap_or_default()),
            };
            let Some(stage) = self.stages.get(number) else {
                continue;
            };
            places.insert(number, plan.stages.len());
            plan.stages.push(Planned {
                label: label(stage, number),
                base,
                instructions: stage.instructions.clone(),
                sources,
            });
        }
        Ok(plan)
    }

    fn names(&self) -> BTreeMap<&str, usize> {
        let stages = self.stages.iter().enumerate();
        stages
            .filter_map(|(number, stage)| Some((stage.name.as_deref()?, number)))
            .collect()
    }

    fn find(&self, wanted: &str, names: &BTreeMap<&str, usize>) -> Result<usize, BuildError> {
        let named = names.get(wanted.to_ascii_lowercase().as_str()).copied();
        let numbered = || wanted.parse().ok().filter(|at| *at < self.stages.len());
        named.or_else(numbered).ok_or_else(|| {
            let known = match names.is_empty() {
                true => "none has a name".to_owned(),
                false => format!(
                    "there are {}",
                    names.keys().copied().collect::<Vec<_>>().join(", ")
                ),
            };
            let line = self.stages.last().map_or(1, |stage| stage.from_line);
            BuildError::new(line, format!("there is no stage {wanted}: {known}"))
        })
    }

    fn base(
        &self,
        mut number: usize,
        names: &BTreeMap<&str, usize>,
        globals: &BuildArgs,
        room: &Room,
    ) -> Result<Origin, BuildError> {
        loop {
            let Some(stage) = self.stages.get(number) else {
                return Err(BuildError::new(1, "there is no FROM"));
            };
            let line = stage.from_line;
            let image = self.expand(&stage.from, globals, line, room)?;
            let earlier = names.get(image.to_ascii_lowercase().as_str()).copied();
            match earlier.filter(|of| *of < number) {
                // One that does nothing is no more than its own base.
                Some(of) if self.is_empty(of) => number = of,
                Some(of) => return Ok(Origin::Stage(of)),
                None if image.is_empty() => {
                    let message = format!("FROM names no image: {} is empty", stage.from);
                    return Err(BuildError::new(line, message));
                }
                None if image == SCRATCH => return Ok(Origin::Scratch),
                None => return Ok(Origin::Image(image)),
            }
        }
    }

    fn is_empty(&self, number: usize) -> bool {
        self.stages
            .get(number)
            .is_some_and(|stage| stage.instructions.is_empty())
    }
}

fn label(stage: &Stage, number: usize) -> String {
    stage.name.clone().unwrap_or_else(|| number.to_string())
}

/// What its COPY --from and RUN --mount mean: an earlier stage, by name or number, else an image.
fn sources(
    stage: &Stage,
    number: usize,
    names: &BTreeMap<&str, usize>,
) -> Result<BTreeMap<String, Origin>, BuildError> {
    let mut sources = BTreeMap::new();
    for instruction in &stage.instructions {
        for word in instruction.origins() {
            let from = origin(word, number, names)
                .map_err(|why| BuildError::new(instruction.line, format!("from={word}: {why}")))?;
            sources.insert(word.to_owned(), from);
        }
    }
    Ok(sources)
}

fn origin(
    word: &str,
    number: usize,
    names: &BTreeMap<&str, usize>,
) -> Result<Origin, &'static str> {
    match names.get(word.to_ascii_lowercase().as_str()) {
        Some(&of) if of < number => Ok(Origin::Stage(of)),
        Some(&of) if of == number => Err("that is this stage itself"),
        Some(_) => Err("that stage comes later"),
        None => match word.parse::<usize>() {
            Ok(of) if of < number => Ok(Origin::Stage(of)),
            Ok(_) => Err("there is no such stage before this one"),
            Err(_) => Ok(Origin::Image(word.to_owned())),
        },
    }
}

#[cfg(test)]
mod tests;
