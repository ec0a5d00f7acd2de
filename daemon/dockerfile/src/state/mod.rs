//! What an instruction does to the image, and what is done in the VM for it.
//!
//! | file | duty |
//! |---|---|
//! | `action.rs` | what is done |
//! | `resolve.rs` | the same, made of what an instruction says |
//! | `arguments.rs` | arguments that nobody gives or declares |

mod action;
mod arguments;
mod resolve;

use banger_api::ImageConfig;

use super::{
    BuildArgs, Dockerfile,
    error::BuildError,
    expand::{Room, expand, expand_text},
    instruction::{Command, Instruction, Kind},
};

pub use action::{Action, RunAction, interpreter};
pub use arguments::{PLATFORM, PREDEFINED};

/// The image as it is so far.
#[derive(Clone, Debug)]
pub struct State {
    /// How it wants to be run.
    pub config: ImageConfig,
    escape: char,
    shell: Vec<String>,
    given: BuildArgs,
    globals: BuildArgs,
    args: BuildArgs,
    has_cmd: bool,
    room: Room,
}

impl State {
    /// The base image, before the first instruction.
    ///
    /// # Errors
    /// When an ARG before FROM cannot be expanded.
    pub fn new(
        dockerfile: &Dockerfile,
        base: ImageConfig,
        given: BuildArgs,
    ) -> Result<Self, BuildError> {
        Ok(Self {
            config: base,
            escape: dockerfile.escape,
            shell: vec!["/bin/sh".to_owned(), "-c".to_owned()],
            globals: dockerfile.global_args(&given)?,
            given,
            args: BuildArgs::new(),
            has_cmd: false,
            room: Room::default(),
        })
    }

    /// The beginning of a stage that builds on this one: as Docker has it, arguments are
    /// known there too.
    #[must_use]
    pub fn continued(&self) -> Self {
        Self {
            has_cmd: false,
            ..self.clone()
        }
    }

    /// Does an instruction; what is to be done in the VM for it comes back.
    ///
    /// # Errors
    /// When a word cannot be expanded, or a value is none.
    pub fn apply(&mut self, instruction: &Instruction) -> Result<Option<Action>, BuildError> {
        self.effect(&instruction.kind)
            .map_err(|message| BuildError::new(instruction.line, message))
    }

    fn effect(&mut self, kind: &Kind) -> Result<Option<Action>, String> {
        match kind {
            Kind::From { .. } | Kind::Expose => {}
            Kind::Run { command, mounts } => {
                let mut run = self.run(command);
                let mounts = mounts.iter().map(|mount| self.mount(mount));
                run.mounts = mounts.collect::<Result<_, String>>()?;
                return Ok(Some(Action::Run(run)));
            }
            Kind::Copy(copy) => return self.copy(copy).map(Some),
            Kind::Env(pairs) => {
                // A line sees the values from before it.
                let pairs = self.pairs(pairs)?;
                for (name, value) in pairs {
                    set(&mut self.config.env, &name, &value);
                }
            }
            Kind::Label(pairs) => {
                let pairs = self.pairs(pairs)?;
                self.config.labels.extend(pairs);
            }
            Kind::Arg(args) => {
                for (name, default) in args {
                    let value = match (self.given.get(name), default) {
                        (Some(given), _) => Some(given.clone()),
                        (None, Some(default)) => Some(self.word(default)?),
                        (None, None) => self.globals.get(name).cloned().or_else(|| {
                            let found = PLATFORM.iter().find(|(of, _)| of == name);
                            found.map(|(_, value)| (*value).to_owned())
                        }),
                    };
                    if let Some(value) = value {
                        self.args.insert(name.clone(), value);
                    }
                }
            }
            Kind::WorkDir(path) => {
                let path = self.absolute(&self.word(path)?);
                let path = match path.trim_end_matches('/') {
                    "" => "/".to_owned(),
                    path => path.to_owned(),
                };
                self.config.working_dir = Some(path.clone());
                return Ok(Some(Action::MakeDirectory(path)));
            }
            Kind::User(user) => {
                let user = self.word(user)?;
                if user.is_empty() {
                    return Err("USER is empty".to_owned());
                }
                self.config.user = Some(user);
            }
            Kind::Cmd(command) => {
                self.config.cmd = self.words_of(command);
                self.has_cmd = true;
            }
            Kind::Entrypoint(command) => {
                self.config.entrypoint = self.words_of(command);
                // The base image's command was for its own entry point.
                if !self.has_cmd {
                    self.config.cmd.clear();
                }
            }
            Kind::Shell(words) => self.shell.clone_from(words),
        }
        Ok(None)
    }

    fn words_of(&self, command: &Command) -> Vec<String> {
        match command {
            Command::Exec(words) => words.clone(),
            Command::Shell(text) if text.is_empty() => Vec::new(),
            Command::Shell(text) | Command::Script(text) => {
                [self.shell.clone(), vec![text.clone()]].concat()
            }
        }
    }

    fn pairs(&self, pairs: &[(String, String)]) -> Result<Vec<(String, String)>, String> {
        let pair = |(name, value): &(String, String)| Ok((self.word(name)?, self.word(value)?));
        pairs.iter().map(pair).collect()
    }

    fn word(&self, word: &str) -> Result<String, String> {
        let lookup = |name: &str| self.variable(name);
        expand(word, self.escape, &lookup, &self.room)
    }

    fn text(&self, text: &str) -> Result<String, String> {
        let lookup = |name: &str| self.variable(name);
        expand_text(text, self.escape, &lookup, &self.room)
    }

    /// ENV comes before ARG.
    fn variable(&self, name: &str) -> Option<String> {
        let mut env = self.config.env.iter();
        let found = env.find_map(|variable| match variable.split_once('=') {
            Some((of, value)) if of == name => Some(value.to_owned()),
            _ => None,
        });
        found.or_else(|| self.args.get(name).cloned())
    }

    fn directory(&self) -> &str {
        self.config.working_dir.as_deref().unwrap_or("/")
    }
}

fn set(env: &mut Vec<String>, name: &str, value: &str) {
    let variable = format!("{name}={value}");
    let is_it = |of: &&mut String| of.split_once('=').is_some_and(|(of, _)| of == name);
    match env.iter_mut().find(is_it) {
        Some(found) => *found = variable,
        None => env.push(variable),
    }
}
