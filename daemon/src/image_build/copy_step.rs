//! Files into a build's VM.

use banger_api::{ErrorCode, Problem};
use banger_dockerfile::Action;
use banger_vmm::GuestChannel;

use super::{
    Context,
    guest_path::{self, Found as There},
    item::{self, Item},
    owner,
    pick::{self, Picked, Spool},
};

/// Where the files of a COPY come from.
pub enum Origin<'a> {
    /// The context.
    Context(&'a Context),
    /// Another stage's VM.
    Guest {
        /// How its agent is reached.
        channel: GuestChannel,
        /// Where files wait on their way.
        spool: Spool<'a>,
    },
}

/// Makes a directory, with its parents, unless it is there.
pub async fn make_directory(channel: &GuestChannel, path: &str) -> Result<(), Problem> {
    item::send(channel, path, Vec::new()).await
}

/// Does a COPY.
pub async fn copy(
    channel: &GuestChannel,
    origin: Origin<'_>,
    action: Action,
) -> Result<(), Problem> {
    let Action::Copy {
        adds,
        from: _,
        sources,
        documents,
        destination,
        owner,
        mode,
    } = action
    else {
        return Ok(());
    };
    let refused = |detail: String| Problem::new(ErrorCode::BadDockerfile, detail);
    let Picked {
        mut items,
        named,
        is_one_file,
    } = match origin {
        Origin::Context(context) => pick::of_context(context, sources, adds).await?,
        Origin::Guest {
            channel: other,
            spool,
        } => pick::of_guest(&other, &sources, &spool).await?,
    };
    let owner = match owner {
        Some(owner) => {
            let passwd = guest_path::read(channel, "/etc/passwd")
                .await?
                .unwrap_or_default();
            let group = guest_path::read(channel, "/etc/group")
                .await?
                .unwrap_or_default();
            Some(owner::resolve(&owner, &passwd, &group).map_err(refused)?)
        }
        None => None,
    };
    let named = named + documents.len();
    let is_one_file = named == 1 && (is_one_file || documents.len() == 1);
    let written = documents.into_iter();
    items.extend(
        written.map(|(name, text)| Item::text(name.into_bytes(), text.into_bytes(), 0o644)),
    );
    for item in &mut items {
        item.owner = owner.unwrap_or(item.owner);
        item.mode = mode.unwrap_or(item.mode);
    }
    let path = destination.trim_end_matches('/');
    let is_directory = destination.ends_with('/');
    if named > 1 && !is_directory {
        let detail = format!("{destination} gets several files: let it end with /");
        return Err(refused(detail));
    }
    let there = match path {
        "" => There::Directory,
        path => guest_path::look(channel, path).await?,
    };
    let (parent, base) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = if parent.is_empty() { "/" } else { parent };
    let directory = match there {
        There::Directory if path.is_empty() => "/",
        There::Directory => path,
        There::Nothing | There::Other if is_one_file && !is_directory => {
            for item in &mut items {
                item.name = base.as_bytes().to_vec();
            }
            parent
        }
        There::Other => return Err(refused(format!("{path} is no directory"))),
        // It is made with the rest, so that it gets its owner.
        There::Nothing => {
            for item in &mut items {
                item.name = [base.as_bytes(), b"/", &item.name].concat();
            }
            let mut new = Item::directory(base.as_bytes().to_vec(), mode.unwrap_or(0o755));
            new.owner = owner.unwrap_or((0, 0));
            items.insert(0, new);
            parent
        }
    };
    item::send(channel, directory, items).await
}
