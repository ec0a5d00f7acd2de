//! A plan of a Dockerfile, for a target.

use std::collections::BTreeMap;

use super::{Base, Plan, Planned, SCRATCH};
use crate::{BuildArgs, BuildError, Dockerfile, Stage, expand::Room};

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
