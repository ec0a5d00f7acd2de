//! What an instruction does to the image, and what is done in the VM for it.

use std::collections::BTreeMap;

use banger_api::ImageConfig;

use super::{
    BuildArgs, Dockerfile,
    copy::is_address,
    error::BuildError,
    expand::{Room, expand, expand_text},
    instruction::{Command, Instruction, Kind},
    mount::{Mount, MountKind},
};

/// Arguments that need no ARG.
pub(crate) const PREDEFINED: [&str; 10] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "FTP_PROXY",
    "ftp_proxy",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// Arguments of the platform, which an ARG makes known.
pub(crate) const PLATFORM: [(&str, &str); 8] = [
    ("TARGETPLATFORM", "linux/amd64"),
    ("TARGETOS", "linux"),
    ("TARGETARCH", "amd64"),
    ("TARGETVARIANT", ""),
    ("BUILDPLATFORM", "linux/amd64"),
    ("BUILDOS", "linux"),
    ("BUILDARCH", "amd64"),
    ("BUILDVARIANT", ""),
];

/// What is done in the VM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A command runs.
    Run(RunAction),
    /// Files are copied.
    Copy {
        /// Whether archives would be unpacked.
        adds: bool,
        /// Whose files, as written: a stage, or an image; the context's where absent.
        from: Option<String>,
        /// Patterns of paths.
        sources: Vec<String>,
        /// Addresses whose files are fetched.
        addresses: Vec<String>,
        /// The SHA-256 that the one address has to give, in lower-case hex.
        sha256: Option<String>,
        /// Files that the Dockerfile itself holds: name and content.
        documents: Vec<(String, String)>,
        /// An absolute path; a directory for sure where it ends in `/`.
        destination: String,
        /// `user`, `user:group`, or numbers; root's where absent.
        owner: Option<String>,
        /// Permissions; as they are where absent.
        mode: Option<u32>,
    },
    /// A directory is made unless it is there.
    MakeDirectory(String),
}

/// A command of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunAction {
    /// Program and arguments; those of a script's interpreter where there is a script.
    pub command: Vec<String>,
    /// A script, whose path is to follow the command.
    pub script: Option<String>,
    /// Variables.
    pub env: BTreeMap<String, String>,
    /// Where it starts.
    pub working_dir: String,
    /// As whom; root where absent.
    pub user: Option<String>,
    /// What is there meanwhile, at absolute paths.
    pub mounts: Vec<Mount>,
}

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
            Kind::Copy(copy) => {
                let words = |all: &[String]| all.iter().map(|word| self.word(word)).collect();
                let document = |(name, text, expands): &(String, String, bool)| {
                    let text = match expands {
                        true => self.text(text)?,
                        false => text.clone(),
                    };
                    Ok((name.clone(), text))
                };
                let owner = copy.owner.as_deref().map(|word| self.word(word));
                let mode = copy.mode.as_deref().map(|word| self.word(word));
                let sources: Result<Vec<String>, String> = words(&copy.sources);
                let sources = sources?;
                let is_fetched = |source: &String| copy.adds && is_address(source);
                let (addresses, sources) = sources.into_iter().partition::<Vec<_>, _>(is_fetched);
                let checksum = copy.checksum.as_deref().map(|word| self.word(word));
                let sha256 = checksum.transpose()?.as_deref().map(sha256).transpose()?;
                if sha256.is_some() && addresses.is_empty() {
                    return Err("ADD --checksum is of an address".to_owned());
                }
                return Ok(Some(Action::Copy {
                    adds: copy.adds,
                    from: copy.from.clone(),
                    sources,
                    addresses,
                    sha256,
                    documents: copy
                        .documents
                        .iter()
                        .map(document)
                        .collect::<Result<_, String>>()?,
                    destination: self.absolute(&self.word(&copy.destination)?),
                    owner: owner.transpose()?.filter(|owner| !owner.is_empty()),
                    mode: mode.transpose()?.as_deref().map(octal).transpose()?,
                }));
            }
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

    fn run(&self, command: &Command) -> RunAction {
        let mut env: BTreeMap<String, String> = self.args.clone();
        let predefined = PREDEFINED.iter().filter_map(|name| {
            let value = self.given.get(*name)?;
            Some(((*name).to_owned(), value.clone()))
        });
        env.extend(predefined);
        env.extend(self.config.env.iter().filter_map(|variable| {
            let (name, value) = variable.split_once('=')?;
            (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
        }));
        let (command, script) = match command {
            Command::Exec(words) => (words.clone(), None),
            Command::Shell(text) => ([self.shell.clone(), vec![text.clone()]].concat(), None),
            Command::Script(text) => (interpreter(text), Some(text.clone())),
        };
        RunAction {
            command,
            script,
            env,
            working_dir: self.directory().to_owned(),
            user: self.config.user.clone(),
            mounts: Vec::new(),
        }
    }

    fn mount(&self, mount: &Mount) -> Result<Mount, String> {
        let target = self.absolute(&self.word(&mount.target)?);
        let target = target.trim_end_matches('/').to_owned();
        if target.is_empty() {
            return Err("RUN --mount: the target cannot be /".to_owned());
        }
        let kind = match &mount.kind {
            MountKind::Cache { id, owner, mode } => MountKind::Cache {
                id: id.as_deref().map(|id| self.word(id)).transpose()?,
                owner: *owner,
                mode: *mode,
            },
            MountKind::Bind { from, source } => MountKind::Bind {
                from: from.clone(),
                source: self.word(source)?,
            },
            MountKind::Tmpfs => MountKind::Tmpfs,
        };
        Ok(Mount { kind, target })
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

    /// Beneath the working directory, and without `.` and `..`; an ending `/` stays.
    fn absolute(&self, path: &str) -> String {
        let joined = match path.starts_with('/') {
            true => path.to_owned(),
            false => format!("{}/{path}", self.directory()),
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in joined.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        let is_directory = matches!(path.rsplit('/').next(), Some("" | "." | ".."));
        let end = if is_directory && !parts.is_empty() {
            "/"
        } else {
            ""
        };
        format!("/{}{end}", parts.join("/"))
    }
}

/// The command that runs a script: what stands after `#!`, else a shell that ends with the
/// first command that fails.
pub fn interpreter(script: &str) -> Vec<String> {
    let first = script.lines().next().unwrap_or_default();
    let named = first
        .strip_prefix("#!")
        .map(str::trim)
        .filter(|line| !line.is_empty());
    match named {
        // One argument at most, as the kernel has it (execve(2)).
        Some(line) => match line.split_once([' ', '\t']) {
            Some((program, argument)) => vec![program.to_owned(), argument.trim().to_owned()],
            None => vec![line.to_owned()],
        },
        None => vec!["/bin/sh".to_owned(), "-e".to_owned()],
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

fn sha256(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    match digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(digits.to_ascii_lowercase()),
        false => Err(format!(
            "--checksum cannot be {text}: write sha256: and 64 hexadecimal digits"
        )),
    }
}

fn octal(text: &str) -> Result<u32, String> {
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o7777 => Ok(mode),
        _ => Err(format!(
            "--chmod cannot be {text}: write an octal number such as 755"
        )),
    }
}
