//! Dockerfiles, as docs.docker.com/reference/dockerfile describes them, of one stage. Pure: text
//! goes in, and what a build has to do comes out.
//!
//! ```text
//! text ─ lines ─> Line ─ instruction ─> Instruction ─ state ─> Action, and the configuration
//!                                                      ^ the base image's, build arguments
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
//! | `state.rs` | what a line does to the image, and what is done in the VM for it |
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
mod pattern;
mod select;
mod state;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

pub use copy::Copy;
pub use error::{BuildError, SUPPORTED};
pub use ignore::Ignore;
pub use instruction::{Command, Instruction, Kind};
pub use select::{Chosen, Member, select};
pub use state::{Action, RunAction, State, interpreter};

use expand::Lookup;

/// Build arguments, by name.
pub type BuildArgs = BTreeMap<String, String>;

/// A Dockerfile that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dockerfile {
    /// The escape character: a backslash, or a backtick where the directive says so.
    pub escape: char,
    /// ARGs before FROM, with their values as written.
    pub globals: Vec<(String, Option<String>)>,
    /// The image of FROM, as written.
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
        let mut from = None;
        let mut instructions = Vec::new();
        for line in lines {
            let instruction = instruction::read(&line, escape)?;
            let number = instruction.line;
            match (instruction.kind, &from) {
                (Kind::From { image }, None) => from = Some((image, number)),
                (Kind::From { .. }, Some(_)) => {
                    let message = "a second FROM: builds of several stages are not supported";
                    return Err(BuildError::unsupported(number, message));
                }
                (Kind::Arg(args), None) => globals.extend(args),
                (_, None) => {
                    return Err(BuildError::new(number, "only ARG may stand before FROM"));
                }
                (kind, Some(_)) => instructions.push(Instruction {
                    kind,
                    ..instruction
                }),
            }
        }
        let (from, from_line) = from.ok_or_else(|| BuildError::new(1, "there is no FROM"))?;
        Ok(Self {
            escape,
            globals,
            from,
            from_line,
            instructions,
        })
    }

    /// The values of the ARGs before FROM: given ones, or the defaults.
    ///
    /// # Errors
    /// When a default cannot be expanded.
    pub fn global_args(&self, given: &BuildArgs) -> Result<BuildArgs, BuildError> {
        let mut values = BuildArgs::new();
        for (name, default) in &self.globals {
            let value = match (given.get(name), default) {
                (Some(given), _) => given.clone(),
                (None, Some(default)) => self.expand(default, &values)?,
                (None, None) => continue,
            };
            values.insert(name.clone(), value);
        }
        Ok(values)
    }

    /// The image that it builds on: a name, or a registry's reference.
    ///
    /// # Errors
    /// When FROM cannot be expanded, or names nothing.
    pub fn base(&self, given: &BuildArgs) -> Result<String, BuildError> {
        let image = self.expand(&self.from, &self.global_args(given)?)?;
        match image.as_str() {
            "" => Err(BuildError::new(
                self.from_line,
                format!("FROM names no image: {} is empty", self.from),
            )),
            "scratch" => Err(BuildError::unsupported(
                self.from_line,
                "FROM scratch: a VM cannot boot nothing",
            )),
            _ => Ok(image),
        }
    }

    /// Given arguments that no ARG declares.
    pub fn undeclared<'a>(&'a self, given: &'a BuildArgs) -> impl Iterator<Item = &'a str> {
        let declared = move |name: &str| {
            let here = self.globals.iter().any(|(arg, _)| arg == name);
            here || state::PREDEFINED.contains(&name)
                || self
                    .instructions
                    .iter()
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

    fn expand(&self, text: &str, values: &BuildArgs) -> Result<String, BuildError> {
        let lookup = |name: &str| values.get(name).cloned();
        let lookup: Lookup<'_> = &lookup;
        expand::expand(text, self.escape, lookup)
            .map_err(|message| BuildError::new(self.from_line, message))
    }
}
