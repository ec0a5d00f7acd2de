//! Files of another stage's VM: what its agent packs waits on disk until it is sent on.

use std::fs::File;

use banger_agent_protocol::request::AgentErrorCode;
use banger_api::{ErrorCode, Problem};
use banger_dockerfile::{Ignore, parts, select};
use banger_vmm::GuestChannel;
use futures_util::StreamExt;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use super::{
    super::{
        guest_path::{self, Found as There},
        item::Item,
        tree::{FoundKind, Tree},
    },
    Picked, Spool, picked, refused,
};
use crate::{
    error,
    guest::{GuestError, files},
};

/// How many links a path may lead through, as Linux has it (path_resolution(7)).
const LINKS: usize = 40;

/// The longest target of a link, in bytes (limits.h).
const PATH_MAX: usize = 4096;

/// Of a guest, whose root directory paths begin at; owners stay.
///
/// # Errors
/// When a source is not there or too large, or the guest fails.
pub async fn of_guest(
    channel: &GuestChannel,
    sources: &[String],
    spool: &Spool<'_>,
) -> Result<Picked, Problem> {
    let mut all = Picked::default();
    for source in sources {
        let parts: Vec<String> = parts(source).into_iter().map(str::to_owned).collect();
        let special = |part: &&String| part.contains(['*', '?', '[', '\\']);
        let fixed = parts.iter().position(|part| special(&part));
        let picked = match fixed {
            Some(fixed) => matching(channel, &parts, fixed, spool).await?,
            None => named(channel, &parts, spool).await?,
        };
        let Some(mut picked) = picked else {
            return Err(refused(format!("{source} is not there")));
        };
        all.named += picked.named;
        all.is_one_file = picked.is_one_file;
        all.items.append(&mut picked.items);
    }
    all.is_one_file &= all.named == 1;
    Ok(all)
}

/// Those that fit a pattern, of which the first parts have no wildcards.
async fn matching(
    channel: &GuestChannel,
    parts: &[String],
    fixed: usize,
    spool: &Spool<'_>,
) -> Result<Option<Picked>, Problem> {
    let (directory, pattern) = parts.split_at(fixed);
    // A link to a directory is as good.
    let path = match directory {
        [] => "/".to_owned(),
        parts => format!("/{}/.", parts.join("/")),
    };
    let Some(tree) = fetch(channel, &path, spool).await? else {
        return Ok(None);
    };
    let pattern: Vec<&str> = directory
        .last()
        .into_iter()
        .chain(pattern)
        .map(String::as_str)
        .collect();
    let chosen = select(tree.members(), &Ignore::default(), &[pattern.join("/")]);
    Ok(chosen.ok().map(|chosen| picked(&tree, chosen)))
}

/// The file of a path, or what is in the directory. A link stands for what it leads to.
async fn named(
    channel: &GuestChannel,
    parts: &[String],
    spool: &Spool<'_>,
) -> Result<Option<Picked>, Problem> {
    let Some(name) = parts.last() else {
        let tree = fetch(channel, "/", spool).await?;
        return Ok(tree.map(|tree| beneath(&tree, b"")));
    };
    let mut path = format!("/{}", parts.join("/"));
    for _ in 0..LINKS {
        let Some(tree) = fetch(channel, &path, spool).await? else {
            return Ok(None);
        };
        let base = base(&path);
        match tree.at(base).map(|found| (found, &found.kind)) {
            Some((_, FoundKind::Directory)) => return Ok(Some(beneath(&tree, base))),
            Some((found, FoundKind::File { .. })) => {
                let item = Item::found(name.clone().into_bytes(), found, &tree.file());
                return Ok(Some(Picked {
                    items: vec![item],
                    named: 1,
                    is_one_file: true,
                }));
            }
            Some((_, FoundKind::Link(_))) if is_directory(channel, &path).await? => {
                path.push_str("/.");
            }
            Some((_, FoundKind::Link(target))) if target.len() > PATH_MAX => {
                return Err(refused(format!("{path} is a link to too long a path")));
            }
            Some((_, FoundKind::Link(target))) => {
                let target = String::from_utf8_lossy(target);
                path = match target.starts_with('/') {
                    true => target.into_owned(),
                    false => format!("{}/{target}", path.rsplit_once('/').unwrap_or_default().0),
                };
            }
            None => return Err(refused(format!("{path} is neither a file nor a directory"))),
        }
    }
    Err(refused(format!(
        "{path} leads through more than {LINKS} links"
    )))
}

async fn is_directory(channel: &GuestChannel, path: &str) -> Result<bool, Problem> {
    Ok(guest_path::look(channel, path).await? == There::Directory)
}

/// What is in a directory of a tree.
fn beneath(tree: &Tree, directory: &[u8]) -> Picked {
    let file = tree.file();
    let prefix = match directory {
        b"" => Vec::new(),
        directory => [directory, b"/"].concat(),
    };
    let members = tree.members().iter().enumerate();
    let items = members.filter_map(|(index, member)| {
        let name = member.path.strip_prefix(prefix.as_slice())?;
        Some(Item::found(name.to_vec(), tree.found(index)?, &file))
    });
    Picked {
        items: items.collect(),
        named: 1,
        is_one_file: false,
    }
}

/// What a guest has at a path; nothing where there is nothing.
async fn fetch(
    channel: &GuestChannel,
    path: &str,
    spool: &Spool<'_>,
) -> Result<Option<Tree>, Problem> {
    let mut stream = match files::get(channel, path).await {
        Ok(stream) => Box::pin(stream),
        Err(GuestError::Agent(error)) if error.code == AgentErrorCode::NotFound => return Ok(None),
        Err(error) => return Err(error::guest(&error)),
    };
    let failed = |source: std::io::Error| error::io(spool.directory, &source);
    let file = tempfile::tempfile_in(spool.directory).map_err(failed)?;
    let mut file = tokio::fs::File::from_std(file);
    let mut written: u64 = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|source| error::guest(&source))?;
        written = written.saturating_add(chunk.len() as u64);
        if written > spool.most {
            let most = spool.most >> 20;
            let detail = format!("{path} has more than the {most} MiB that an image may have");
            return Err(refused(detail));
        }
        file.write_all(&chunk).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)?;
    file.rewind().await.map_err(failed)?;
    let file: File = file.into_std().await;
    let reading = tokio::task::spawn_blocking(move || Tree::read(file));
    let tree = reading.await.map_err(error::aborted)?;
    tree.map(Some).map_err(|detail| {
        let detail = format!("what the guest sent as {path} cannot be copied: {detail}");
        Problem::new(ErrorCode::BuildStepFailed, detail)
    })
}

/// The last component, under which an agent packs a path.
fn base(path: &str) -> &[u8] {
    let mut parts = path.rsplit('/').filter(|part| !matches!(*part, "" | "."));
    parts.next().unwrap_or_default().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_at_the_root_and_stay_there() {
        for (path, expected) in [
            ("/a/b", "a b"),
            ("a/./b/", "a b"),
            ("../../a/../b", "b"),
            ("/", ""),
            ("*.txt", "*.txt"),
        ] {
            assert_eq!(parts(path).join(" "), expected, "{path}");
        }
        for (path, expected) in [("/a/b", "b"), ("/a/b/.", "b"), ("/a", "a"), ("/.", "")] {
            assert_eq!(base(path), expected.as_bytes(), "{path}");
        }
    }
}
