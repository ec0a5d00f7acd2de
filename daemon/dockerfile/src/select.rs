//! Which files of the context a COPY takes, and under which names.

use super::{
    ignore::Ignore,
    pattern::{fits, parts},
};

/// A file or directory of the context. Every directory of a path is a member too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Relative to the context, without `.`, as it is written: not always text.
    pub path: Vec<u8>,
    /// Whether it is a directory.
    pub is_directory: bool,
}

/// What a COPY takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Members by their index, and their names beneath the destination.
    pub items: Vec<(usize, Vec<u8>)>,
    /// Whether it is one file only, which the destination may rename.
    pub is_one_file: bool,
    /// How many files or directories were named.
    pub named: usize,
}

/// Chooses: a directory stands for what is in it, a file for itself.
///
/// # Errors
/// When a source is not there, or left out by `.dockerignore`.
pub fn select(members: &[Member], ignore: &Ignore, sources: &[String]) -> Result<Chosen, String> {
    let mut chosen = Chosen::default();
    let shown: Vec<String> = members
        .iter()
        .map(|member| String::from_utf8_lossy(&member.path).into_owned())
        .collect();
    for source in sources {
        let pattern = parts(source);
        if pattern.is_empty() {
            chosen.named += 1;
            for (index, member) in members.iter().enumerate() {
                if !ignore.ignores(&shown[index]) {
                    chosen.items.push((index, member.path.clone()));
                }
            }
            continue;
        }
        let (mut found, mut ignored) = (false, false);
        for (index, member) in members.iter().enumerate() {
            if !fits(&pattern, &parts(&shown[index])) {
                continue;
            }
            let is_ignored = ignore.ignores(&shown[index]);
            ignored |= is_ignored;
            if !member.is_directory {
                if !is_ignored {
                    found = true;
                    chosen.named += 1;
                    chosen.is_one_file = true;
                    let name = member.path.rsplit(|byte| *byte == b'/').next();
                    chosen
                        .items
                        .push((index, name.unwrap_or_default().to_vec()));
                }
                continue;
            }
            let prefix = [member.path.as_slice(), b"/"].concat();
            let mut kept = 0;
            for (inner, below) in members.iter().enumerate() {
                if let Some(name) = below.path.strip_prefix(prefix.as_slice())
                    && !ignore.ignores(&shown[inner])
                {
                    kept += 1;
                    chosen.items.push((inner, name.to_vec()));
                }
            }
            if kept > 0 || !is_ignored {
                found = true;
                chosen.named += 1;
            }
        }
        if !found {
            return Err(match ignored {
                true => format!("{source} is left out by .dockerignore"),
                false => format!("{source} is not in the context"),
            });
        }
    }
    chosen.is_one_file &= chosen.named == 1;
    Ok(chosen)
}
