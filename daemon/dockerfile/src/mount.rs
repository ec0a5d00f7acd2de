//! What `RUN --mount` says (docs.docker.com/reference/dockerfile, "RUN --mount").

use super::error::BuildError;

/// Something that is there for one RUN only, and not in the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// What it is.
    pub kind: MountKind,
    /// Where it is: as written, or an absolute path once it is resolved.
    pub target: String,
}

/// What is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MountKind {
    /// A directory that later RUNs of the stage find again.
    Cache {
        /// Which; the target where it says none.
        id: Option<String>,
        /// User and group of a new one.
        owner: (u32, u32),
        /// The permissions of a new one.
        mode: u32,
    },
    /// Files; what is written to them is lost.
    Bind {
        /// Whose: a stage's, an image's, or the context's where absent.
        from: Option<String>,
        /// Which file or directory.
        source: String,
    },
    /// An empty directory in memory.
    Tmpfs,
}

impl Mount {
    /// Whose files it has, where they are not the context's.
    pub fn origin(&self) -> Option<&str> {
        match &self.kind {
            MountKind::Bind { from, .. } => from.as_deref(),
            MountKind::Cache { .. } | MountKind::Tmpfs => None,
        }
    }
}

/// Reads the value of `--mount`.
///
/// # Errors
/// When it is not supported, or something is missing.
pub fn read(line: usize, value: Option<&str>) -> Result<Mount, BuildError> {
    let wrong = |message: String| BuildError::new(line, format!("RUN --mount: {message}"));
    let unsupported = |what: String| {
        BuildError::unsupported(line, format!("RUN --mount={what} is not supported"))
    };
    let (mut kind, mut target, mut from, mut id) = ("bind", None, None, None);
    let (mut source, mut owner, mut mode) = (".", (0, 0), 0o755);
    for option in value.unwrap_or_default().split(',') {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let number = || {
            value
                .parse::<u32>()
                .map_err(|_| wrong(format!("{option}: write a number")))
        };
        match name {
            "type" => kind = value,
            "target" | "dst" | "destination" => target = Some(value),
            "source" | "src" => source = value,
            "from" => from = Some(value),
            "id" => id = Some(value),
            "uid" => owner.0 = number()?,
            "gid" => owner.1 = number()?,
            "mode" => {
                let octal = u32::from_str_radix(value, 8).ok();
                mode = octal
                    .filter(|mode| *mode <= 0o7777)
                    .ok_or_else(|| wrong(format!("{option}: write an octal number such as 755")))?;
            }
            // What is written is lost anyway, one build at a time has a cache, and memory is
            // the VM's.
            "ro" | "readonly" | "rw" | "readwrite" | "sharing" | "size" => {}
            _ => return Err(unsupported(option.to_owned())),
        }
    }
    let kind = match (kind, from) {
        ("cache", None) => MountKind::Cache {
            id: id.map(str::to_owned),
            owner,
            mode,
        },
        ("bind", Some(from)) if from.is_empty() || from.contains('$') => {
            return Err(wrong(format!(
                "from={from}: write a stage's or an image's name"
            )));
        }
        ("bind", from) => MountKind::Bind {
            from: from.map(str::to_owned),
            source: source.to_owned(),
        },
        ("tmpfs", None) => MountKind::Tmpfs,
        ("cache" | "tmpfs", Some(_)) => return Err(unsupported(format!("type={kind},from"))),
        (kind, _) => return Err(unsupported(format!("type={kind}"))),
    };
    let target = target.filter(|target| !target.is_empty());
    let target = target.ok_or_else(|| wrong("target is missing".to_owned()))?;
    Ok(Mount {
        kind,
        target: target.to_owned(),
    })
}
