//! Files into a build's VM.

use banger_api::{ErrorCode, Problem};
use banger_dockerfile::Action;
use banger_vmm::GuestChannel;

use super::{
    Context, fetch,
    guest_path::{self, Found as There},
    item::{self, Item},
    owner,
    pick::{self, Picked, Spool},
};

/// Where the files of a COPY, or ADD, come from.
pub enum Origin<'a> {
    /// The context.
    Context(&'a Context),
    /// Another stage's VM.
    Guest {
        /// How its agent is reached.
        channel: GuestChannel,
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
    spool: &Spool<'_>,
) -> Result<(), Problem> {
    let Action::Copy {
        adds,
        from: _,
        sources,
        addresses,
        sha256,
        documents,
        destination,
        owner,
        mode,
    } = action
    else {
        return Ok(());
    };
    let mut picked = match origin {
        Origin::Context(context) => pick::of_context(context, sources, adds).await?,
        Origin::Guest { channel: other } => pick::of_guest(&other, &sources, spool).await?,
    };
    for address in &addresses {
        let item = fetch::fetch(address, sha256.clone(), spool).await?;
        picked.is_one_file = picked.named == 0;
        picked.named += 1;
        picked.items.push(item);
    }
    picked.is_one_file |= picked.named == 0 && documents.len() == 1;
    picked.named += documents.len();
    picked.is_one_file &= picked.named == 1;
    let written = documents.into_iter();
    let written =
        written.map(|(name, text)| Item::text(name.into_bytes(), text.into_bytes(), 0o644));
    picked.items.extend(written);
    let owner = match owner {
        Some(owner) => Some(number(channel, &owner).await?),
        None => None,
    };
    for item in &mut picked.items {
        item.owner = owner.unwrap_or(item.owner);
        item.mode = mode.unwrap_or(item.mode);
    }
    let mut new = Item::directory(Vec::new(), mode.unwrap_or(0o755));
    new.owner = owner.unwrap_or(new.owner);
    let path = destination.trim_end_matches('/');
    let there = match path {
        "" => There::Directory,
        path => guest_path::look(channel, path).await?,
    };
    let directory = place(&mut picked, &destination, there, new).map_err(refused)?;
    item::send(channel, directory, picked.items).await
}

/// Names the items beneath the directory that they are sent to, which comes back. A directory
/// that is not there yet is one of the items, so that it gets its owner.
fn place<'a>(
    picked: &mut Picked,
    destination: &'a str,
    there: There,
    mut new: Item,
) -> Result<&'a str, String> {
    let path = destination.trim_end_matches('/');
    let is_directory = destination.ends_with('/');
    if picked.named > 1 && !is_directory {
        return Err(format!(
            "{destination} gets several files: let it end with /"
        ));
    }
    let (parent, base) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = if parent.is_empty() { "/" } else { parent };
    let items = &mut picked.items;
    if picked.is_one_file && !is_directory && there != There::Directory {
        for item in items {
            item.name = base.as_bytes().to_vec();
        }
        return Ok(parent);
    }
    if items.iter().any(|item| item.name.is_empty()) {
        let rule = "write a path of a file, without an ending /";
        return Err(format!(
            "{destination} gets a file that has no name of its own: {rule}"
        ));
    }
    match there {
        There::Directory if path.is_empty() => Ok("/"),
        There::Directory => Ok(path),
        There::Other => Err(format!("{path} is no directory")),
        There::Nothing => {
            for item in items.iter_mut() {
                item.name = [base.as_bytes(), b"/", &item.name].concat();
            }
            new.name = base.as_bytes().to_vec();
            items.insert(0, new);
            Ok(parent)
        }
    }
}

/// Whose something is, by the guest's own names.
async fn number(channel: &GuestChannel, owner: &str) -> Result<(u32, u32), Problem> {
    let passwd = guest_path::read(channel, "/etc/passwd").await?;
    let group = guest_path::read(channel, "/etc/group").await?;
    let (passwd, group) = (passwd.unwrap_or_default(), group.unwrap_or_default());
    owner::resolve(owner, &passwd, &group).map_err(refused)
}

fn refused(detail: String) -> Problem {
    Problem::new(ErrorCode::BadDockerfile, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where to, and under which names.
    fn placed(names: &[&str], one: bool, to: &str, there: There) -> Result<String, String> {
        let item = |name: &&str| Item::text(name.as_bytes().to_vec(), Vec::new(), 0);
        let mut picked = Picked {
            items: names.iter().map(item).collect(),
            named: names.len(),
            is_one_file: one,
        };
        let new = Item::directory(Vec::new(), 0);
        let directory = place(&mut picked, to, there, new)?;
        let names = picked.items.iter();
        let names = names.map(|item| String::from_utf8_lossy(&item.name).into_owned());
        Ok(format!(
            "{directory}: {}",
            names.collect::<Vec<_>>().join(" ")
        ))
    }

    #[test]
    fn a_file_goes_into_a_directory_or_becomes_the_path() {
        let one = |to, there| placed(&["f"], true, to, there).unwrap();
        assert_eq!(one("/a/b", There::Nothing), "/a: b");
        assert_eq!(one("/a/b", There::Other), "/a: b");
        assert_eq!(one("/b", There::Nothing), "/: b");
        assert_eq!(one("/a/b", There::Directory), "/a/b: f");
        assert_eq!(one("/a/b/", There::Nothing), "/a: b b/f");
        assert_eq!(one("/", There::Directory), "/: f");
    }

    #[test]
    fn several_need_a_directory() {
        let two = |to, there| placed(&["f", "g"], false, to, there);
        assert_eq!(two("/a/", There::Nothing).unwrap(), "/: a a/f a/g");
        assert_eq!(two("/a/", There::Directory).unwrap(), "/a: f g");
        assert!(
            two("/a", There::Directory)
                .unwrap_err()
                .contains("end with /")
        );
        assert!(
            two("/a/", There::Other)
                .unwrap_err()
                .contains("no directory")
        );
        // What is in a directory counts as one.
        let contents = placed(&["x"], false, "/a", There::Nothing).unwrap();
        assert_eq!(contents, "/: a a/x");
    }

    #[test]
    fn an_address_without_a_name_needs_one() {
        let nameless = |to, there| placed(&[""], true, to, there);
        assert_eq!(nameless("/a/b", There::Nothing).unwrap(), "/a: b");
        assert!(nameless("/a/", There::Nothing).is_err());
        assert!(nameless("/a", There::Directory).is_err());
    }
}
