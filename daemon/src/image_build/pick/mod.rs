//! Which files a COPY takes: of the context, or of another stage's VM.
//!
//! | file | role |
//! |---|---|
//! | `guest.rs` | of another stage's VM |

mod guest;

use std::{io::Read, path::Path};

use banger_api::{ErrorCode, Problem};
use banger_dockerfile::{Chosen, select};
use banger_ext4::decompress;

use super::{
    Context,
    item::Item,
    tree::{Content, FoundKind, Tree},
};
use crate::error;

pub use guest::of_guest;

/// What a COPY takes.
#[derive(Default)]
pub struct Picked {
    /// Under their names beneath the destination.
    pub items: Vec<Item>,
    /// How many files or directories were named.
    pub named: usize,
    /// Whether it is one file only, which the destination may rename.
    pub is_one_file: bool,
}

/// Where files wait on their way into a guest.
pub struct Spool<'a> {
    /// They have no name there, and nothing is left of them.
    pub directory: &'a Path,
    /// The most that one source may have, in bytes.
    pub most: u64,
}

/// Of the context; all belongs to root.
///
/// # Errors
/// When a source is not there, or is what ADD would unpack.
pub async fn of_context(
    context: &Context,
    sources: Vec<String>,
    adds: bool,
) -> Result<Picked, Problem> {
    let context = context.clone();
    let choosing = tokio::task::spawn_blocking(move || {
        let chosen = select(context.tree.members(), &context.ignore, &sources)?;
        match archive_among(&context.tree, &chosen.items).filter(|_| adds) {
            Some(name) => Err(format!(
                "ADD of the archive {name}, which would unpack it, is not supported: use COPY, \
                 and RUN tar"
            )),
            None => Ok(picked(&context.tree, chosen)),
        }
    });
    let chosen = choosing.await.map_err(error::aborted)?;
    let mut picked = chosen.map_err(refused)?;
    for item in &mut picked.items {
        item.owner = (0, 0);
    }
    Ok(picked)
}

fn picked(tree: &Tree, chosen: Chosen) -> Picked {
    let file = tree.file();
    let items = chosen.items.into_iter();
    let items = items.filter_map(|(index, name)| {
        let found = tree.found(index)?;
        Some(Item::found(name, found, &file))
    });
    Picked {
        items: items.collect(),
        named: chosen.named,
        is_one_file: chosen.is_one_file,
    }
}

fn refused(detail: String) -> Problem {
    Problem::new(ErrorCode::BadDockerfile, detail)
}

/// The first of the chosen files that ADD would unpack. Blocks.
fn archive_among(tree: &Tree, items: &[(usize, Vec<u8>)]) -> Option<String> {
    let file = tree.file();
    let is_archive = |(index, _): &&(usize, Vec<u8>)| {
        let Some(FoundKind::File { offset, size }) = tree.found(*index).map(|found| &found.kind)
        else {
            return false;
        };
        let mut head = Vec::new();
        let mut content = Content::new(&file, *offset, (*size).min(512));
        if content.read_to_end(&mut head).is_err() {
            return false;
        }
        let is_packed = !matches!(decompress::detect(&head), Ok(decompress::Compression::None));
        // POSIX.1-1988 ustar: the magic at 257.
        is_packed || head.get(257..262) == Some(b"ustar")
    };
    let found = items.iter().find(is_archive);
    found.map(|(_, name)| String::from_utf8_lossy(name).into_owned())
}
