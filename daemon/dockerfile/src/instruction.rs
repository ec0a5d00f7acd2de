//! What a line says.

use super::{
    copy::{self, Copy},
    error::{BuildError, SUPPORTED},
    lines::Line,
    mount::{self, Mount},
    words,
};

/// How much of a line is shown, in characters.
const SHOWN: usize = 100;

/// The one platform that there is, as FROM may name it.
const PLATFORMS: [&str; 5] = [
    "linux/amd64",
    "$BUILDPLATFORM",
    "${BUILDPLATFORM}",
    "$TARGETPLATFORM",
    "${TARGETPLATFORM}",
];

/// An instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its line, from 1.
    pub line: usize,
    /// As it is written, for people: one line, cut where it is long.
    pub text: String,
    /// What it says.
    pub kind: Kind,
}

impl Instruction {
    /// What it takes files of, other than the context: stages or images, as written.
    pub fn origins(&self) -> Vec<&str> {
        match &self.kind {
            Kind::Copy(copy) => copy.from.as_deref().into_iter().collect(),
            Kind::Run { mounts, .. } => mounts.iter().filter_map(Mount::origin).collect(),
            _ => Vec::new(),
        }
    }
}

/// What an instruction says; words are as they are written, with variables and quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// FROM.
    From {
        /// The image, or an earlier stage.
        image: String,
        /// The stage's name, in small letters.
        name: Option<String>,
    },
    /// RUN.
    Run {
        /// What runs.
        command: Command,
        /// What is there meanwhile.
        mounts: Vec<Mount>,
    },
    /// COPY, or ADD.
    Copy(Copy),
    /// ENV: names and values.
    Env(Vec<(String, String)>),
    /// ARG: names and defaults.
    Arg(Vec<(String, Option<String>)>),
    /// WORKDIR.
    WorkDir(String),
    /// USER.
    User(String),
    /// CMD.
    Cmd(Command),
    /// ENTRYPOINT.
    Entrypoint(Command),
    /// LABEL: names and values.
    Label(Vec<(String, String)>),
    /// EXPOSE: every port of a VM is its own, so there is nothing to do.
    Expose,
    /// SHELL.
    Shell(Vec<String>),
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Program and arguments.
    Exec(Vec<String>),
    /// For the shell.
    Shell(String),
    /// A here-document that begins with `#!`.
    Script(String),
}

/// Reads a line.
///
/// # Errors
/// When it is no instruction, or is not supported.
pub fn read(line: &Line, escape: char) -> Result<Instruction, BuildError> {
    let number = line.number;
    let (word, rest) = line
        .text
        .split_once([' ', '\t'])
        .unwrap_or((&line.text, ""));
    let rest = rest.trim();
    let name = word.to_ascii_uppercase();
    let wrong = |message: String| BuildError::new(number, format!("{name}: {message}"));
    let lacks = |what: &str| wrong(format!("{what} is missing"));
    if rest.is_empty() && name != "CMD" && name != "ENTRYPOINT" {
        return Err(match is_known(&name) {
            true => lacks("what it is about"),
            false => unknown(number, word),
        });
    }
    let pairs = || pairs(rest, escape).map_err(wrong);
    let kind = match name.as_str() {
        "FROM" => from(number, rest)?,
        "RUN" => {
            let (flags, rest) = words::flags(rest);
            let mut mounts = Vec::new();
            for (flag, value) in flags {
                if flag != "mount" {
                    let message = format!("RUN --{flag} is not supported");
                    return Err(BuildError::unsupported(number, message));
                }
                mounts.push(mount::read(number, value)?);
            }
            if rest.is_empty() {
                return Err(lacks("what it is about"));
            }
            let command = run(line, rest);
            Kind::Run { command, mounts }
        }
        "COPY" | "ADD" => Kind::Copy(copy::read(line, &name, rest, escape)?),
        "ENV" => Kind::Env(pairs()?),
        "LABEL" => Kind::Label(pairs()?),
        "MAINTAINER" => {
            let quoted = format!("'{}'", rest.replace('\'', ""));
            Kind::Label(vec![("maintainer".to_owned(), quoted)])
        }
        "ARG" => {
            let words = words::split(rest, escape).map_err(wrong)?;
            let arg = |word: String| match word.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (word, None),
            };
            let args: Vec<_> = words.into_iter().map(arg).collect();
            if args.iter().any(|(name, _)| !is_name(name)) {
                return Err(wrong("a name has letters, digits and _ only".to_owned()));
            }
            Kind::Arg(args)
        }
        "WORKDIR" => Kind::WorkDir(rest.to_owned()),
        "USER" => Kind::User(rest.to_owned()),
        "CMD" => Kind::Cmd(command(rest)),
        "ENTRYPOINT" => Kind::Entrypoint(command(rest)),
        "EXPOSE" => Kind::Expose,
        "SHELL" => match json(rest) {
            Some(words) if !words.is_empty() => Kind::Shell(words),
            _ => {
                return Err(wrong(
                    "write a JSON array: [\"/bin/sh\", \"-c\"]".to_owned(),
                ));
            }
        },
        "VOLUME" | "HEALTHCHECK" | "ONBUILD" | "STOPSIGNAL" => {
            let message = format!("{name} is not supported");
            return Err(BuildError::unsupported(number, message));
        }
        _ => return Err(unknown(number, word)),
    };
    let first = line.text.lines().next().unwrap_or_default();
    let mut text: String = first.chars().take(SHOWN).collect();
    if text.len() < line.text.len() {
        text.push_str("...");
    }
    Ok(Instruction {
        line: number,
        text,
        kind,
    })
}

fn is_known(name: &str) -> bool {
    SUPPORTED
        .split(|c: char| !c.is_ascii_uppercase())
        .any(|word| word == name)
}

fn unknown(line: usize, word: &str) -> BuildError {
    BuildError::unsupported(line, format!("{word:?} is no instruction that is known"))
}

fn from(line: usize, rest: &str) -> Result<Kind, BuildError> {
    let (flags, rest) = words::flags(rest);
    for (flag, value) in flags {
        match (flag, value) {
            ("platform", Some(platform)) if PLATFORMS.contains(&platform) => {}
            (flag, value) => {
                let value = value.unwrap_or_default();
                let message = format!("FROM --{flag}={value} is not supported, linux/amd64 is");
                return Err(BuildError::unsupported(line, message));
            }
        }
    }
    let words: Vec<&str> = rest.split_whitespace().collect();
    match words.as_slice() {
        [image] => Ok(Kind::From {
            image: (*image).to_owned(),
            name: None,
        }),
        [image, keyword, name] if keyword.eq_ignore_ascii_case("as") => {
            let name = name.to_ascii_lowercase();
            if !is_stage_name(&name) {
                let message = format!(
                    "FROM: a stage cannot be called {name:?}: write a letter, then letters, \
                     digits, - _ and ."
                );
                return Err(BuildError::new(line, message));
            }
            Ok(Kind::From {
                image: (*image).to_owned(),
                name: Some(name),
            })
        }
        _ => Err(BuildError::new(line, "FROM: write FROM IMAGE [AS NAME]")),
    }
}

fn is_stage_name(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(inner)
}

fn run(line: &Line, rest: &str) -> Command {
    let Some(first) = line.heredocs.first() else {
        return command(rest);
    };
    // `RUN <<EOF` alone: the document is the script.
    if line.heredocs.len() == 1 && rest == first.word {
        return match first.body.starts_with("#!") {
            true => Command::Script(first.body.clone()),
            false => Command::Shell(first.body.clone()),
        };
    }
    let mut text = format!("{rest}\n");
    for heredoc in &line.heredocs {
        text.push_str(&heredoc.body);
        text.push_str(&heredoc.name);
        text.push('\n');
    }
    Command::Shell(text)
}

fn command(rest: &str) -> Command {
    match json(rest) {
        Some(words) => Command::Exec(words),
        None => Command::Shell(rest.to_owned()),
    }
}

/// The exec form. What is no JSON is for the shell, as Docker has it.
pub fn json(text: &str) -> Option<Vec<String>> {
    text.starts_with('[')
        .then(|| serde_json::from_str(text).ok())?
}

/// `name=value` words, or the old form `name rest of the line`.
fn pairs(rest: &str, escape: char) -> Result<Vec<(String, String)>, String> {
    let words = words::split(rest, escape)?;
    let first = words.first().map(String::as_str).unwrap_or_default();
    if !first.contains('=') {
        let (name, value) = rest
            .split_once([' ', '\t'])
            .ok_or_else(|| format!("{first} has no value: write {first}=VALUE"))?;
        return Ok(vec![(name.to_owned(), value.trim().to_owned())]);
    }
    let pair = |word: &String| match word.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("{word:?} is not NAME=VALUE")),
    };
    words.iter().map(pair).collect()
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
