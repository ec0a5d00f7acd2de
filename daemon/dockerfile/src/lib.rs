//! Dockerfiles, as docs.docker.com/reference/dockerfile describes them. Pure: text goes in, and
//! what a build has to do comes out.
//!
//! ```text
//! text ─ lines ─> Line ─ instruction ─> Instruction ─ plan ─> stages, in the order of building
//!                     each Instruction ─ state ─> Action, and the configuration
//!                                          ^ the base image's, build arguments
//! ```
//!
//! Supported are FROM, RUN, COPY, ADD, ENV, ARG, WORKDIR, USER, CMD, ENTRYPOINT, LABEL, EXPOSE,
//! MAINTAINER and SHELL, here-documents, `.dockerignore`, and the `escape` directive. All else is
//! an error that names its line.
//!
//! | file | duty |
//! |---|---|
//! | `lines.rs` | comments, continuations, here-documents, directives |
//! | `words.rs` | a line's words, with their quotes |
//! | `expand.rs` | variables and quotes of a word |
//! | `instruction.rs` | what a line says |
//! | `copy.rs` | what COPY and ADD say |
//! | `mount.rs` | what RUN --mount says |
//! | `plan/` | which stages are built, in which order, and who needs whom |
//! | `state/` | what a line does to the image, and what is done in the VM for it |
//! | `pattern.rs` | wildcards |
//! | `ignore.rs` | `.dockerignore` |
//! | `select.rs` | which files of the context a COPY takes, and under which names |
//! | `error.rs` | why a Dockerfile cannot be built |

mod copy;
mod error;
mod expand;
mod ignore;
mod instruction;
mod lines;
mod mount;
mod pattern;
mod plan;
mod select;
mod state;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, BTreeSet};

pub use copy::Copy;
pub use error::{BuildError, SUPPORTED};
pub use ignore::Ignore;
pub use instruction::{Command, Instruction, Kind};
pub use mount::{Mount, MountKind};
pub use pattern::parts;
pub use plan::{Base, Plan, Planned};
pub use select::{Chosen, Member, select};
pub use state::{Action, RunAction, State, interpreter};

use expand::{Lookup, Room};

/// Build arguments, by name.
pub type BuildArgs = BTreeMap<String, String>;

/// A Dockerfile that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dockerfile {
    /// The escape character: a backslash, or a backtick where the directive says so.
    pub escape: char,
    /// ARGs before FROM, with their values as written.
    pub globals: Vec<(String, Option<String>)>,
    /// The stages; at least one.
    pub stages: Vec<Stage>,
}

/// A FROM and what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its name, in small letters; no two stages have the same.
    pub name: Option<String>,
    /// The image, or stage, of FROM, as written.
    pub from: String,
    /// FROM's line, from 1.
    pub from_line: usize,
    /// What follows FROM.
    pub instructions: Vec<Instruction>,
}

impl Dockerfile {
    /// Reads a Dockerfile.
    ///
    /// # Errors
    /// With the first line that cannot be understood, or is not supported.
    pub fn parse(text: &str) -> Result<Self, BuildError> {
        let (escape, lines) = lines::read(text)?;
        let mut globals = Vec::new();
        let mut stages: Vec<Stage> = Vec::new();
        let mut names = BTreeSet::new();
        for line in lines {
            let instruction = instruction::read(&line, escape)?;
            let number = instruction.line;
            match (instruction.kind, stages.last_mut()) {
                (Kind::From { image, name }, _) => {
                    if let Some(name) = name.clone()
                        && !names.insert(name.clone())
                    {
                        let message = format!("there is a stage {name} already");
                        return Err(BuildError::new(number, message));
                    }
                    stages.push(Stage {
                        name,
                        from: image,
                        from_line: number,
                        instructions: Vec::new(),
                    });
                }
                (Kind::Arg(args), None) => globals.extend(args),
                (_, None) => {
                    return Err(BuildError::new(number, "only ARG may stand before FROM"));
                }
                (kind, Some(stage)) => stage.instructions.push(Instruction {
                    kind,
                    ..instruction
                }),
            }
        }
        if stages.is_empty() {
            return Err(BuildError::new(1, "there is no FROM"));
        }
        Ok(Self {
            escape,
            globals,
            stages,
        })
    }

    /// The values of the ARGs before FROM: given ones, or the defaults.
    ///
    /// # Errors
    /// When a default cannot be expanded.
    pub fn global_args(&self, given: &BuildArgs) -> Result<BuildArgs, BuildError> {
        let mut values = BuildArgs::new();
        let room = Room::default();
        for (name, default) in &self.globals {
            let value = match (given.get(name), default) {
                (Some(given), _) => given.clone(),
                (None, Some(default)) => self.expand(default, &values, 1, &room)?,
                (None, None) => continue,
            };
            values.insert(name.clone(), value);
        }
        Ok(values)
    }

    /// Given arguments that no ARG declares.
    pub fn undeclared<'a>(&'a self, given: &'a BuildArgs) -> impl Iterator<Item = &'a str> {
        let declared = move |name: &str| {
            let here = self.globals.iter().any(|(arg, _)| arg == name);
            here || state::PREDEFINED.contains(&name)
                || self
                    .stages
                    .iter()
                    .flat_map(|stage| &stage.instructions)
                    .any(|instruction| match &instruction.kind {
                        Kind::Arg(args) => args.iter().any(|(arg, _)| arg == name),
                        _ => false,
                    })
        };
        given
            .keys()
            .map(String::as_str)
            .filter(move |name| !declared(name))
    }

    /// A word outside of all stages, or of a FROM in that line.
    fn expand(
        &self,
        text: &str,
        values: &BuildArgs,
        line: usize,
        room: &Room,
    ) -> Result<String, BuildError> {
        let platform = |name: &str| {
            let found = state::PLATFORM.iter().find(|(of, _)| *of == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let lookup = |name: &str| values.get(name).cloned().or_else(|| platform(name));
        let lookup: Lookup<'_> = &lookup;
        expand::expand(text, self.escape, lookup, room)
            .map_err(|message| BuildError::new(line, message))
    }
}
