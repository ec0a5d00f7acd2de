//! What is done, with every word expanded and every path absolute.

use std::collections::BTreeMap;

use super::{Action, RunAction, State, arguments::PREDEFINED, interpreter};
use crate::{
    copy::{Copy, is_address},
    instruction::Command,
    mount::{Mount, MountKind},
};

impl State {
    /// Where files come from and go to.
    pub(super) fn copy(&self, copy: &Copy) -> Result<Action, String> {
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
        Ok(Action::Copy {
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
        })
    }

    pub(super) fn run(&self, command: &Command) -> RunAction {
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

    pub(super) fn mount(&self, mount: &Mount) -> Result<Mount, String> {
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

    /// Beneath the working directory, and without `.` and `..`; an ending `/` stays.
    pub(super) fn absolute(&self, path: &str) -> String {
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
