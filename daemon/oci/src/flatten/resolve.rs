//! From a name to a directory of the tree, through symbolic links.
//!
//! Links are followed as if the image were the root directory: an absolute target starts at
//! the image's root, and `..` at the root stays there. Where something on the way does not
//! exist, the rest is taken as it is written, `..` included, as umoci (through
//! filepath-securejoin) does.

use super::error::MergeProblem;
use super::merge::Merger;
use super::tree::{NodeId, NodeKind, ROOT};

/// As filepath-securejoin's; Linux's own limit is 40 (path_resolution(7)).
const SYMLINKS_MAX: u32 = 255;

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// The last thing on the way that exists.
    pub node: NodeId,
    /// Names below it that do not.
    pub missing: Vec<Vec<u8>>,
}

impl Merger<'_> {
    /// Where `path` leads when symbolic links are followed, that of the last component too.
    pub(super) fn locate(&mut self, path: &[u8]) -> Result<Place, MergeProblem> {
        let mut node = ROOT;
        let mut rest = path;
        // Most ways have no symbolic link and nothing that is missing.
        while !rest.is_empty() {
            self.step(1)?;
            let (name, after) = split_first(rest);
            match self.tree.child(node, name) {
                Some(id) if self.tree.node(id).kind != NodeKind::Symlink => node = id,
                Some(_) => return self.locate_through_symlinks(node, rest),
                None => {
                    let missing: Vec<_> = components(rest).map(<[u8]>::to_vec).collect();
                    self.step(missing.len() as u64)?;
                    return Ok(Place { node, missing });
                }
            }
            rest = after;
        }
        Ok(Place {
            node,
            missing: Vec::new(),
        })
    }

    fn locate_through_symlinks(
        &mut self,
        mut node: NodeId,
        rest: &[u8],
    ) -> Result<Place, MergeProblem> {
        let mut pending: Vec<Vec<u8>> = components(rest).map(<[u8]>::to_vec).collect();
        pending.reverse();
        let mut missing: Vec<Vec<u8>> = Vec::new();
        let mut followed = 0;
        while let Some(name) = pending.pop() {
            self.step(1)?;
            match name.as_slice() {
                b"" | b"." => continue,
                b".." => {
                    if missing.pop().is_none() {
                        node = self.tree.parent(node);
                    }
                    continue;
                }
                _ if !missing.is_empty() => {
                    missing.push(name);
                    continue;
                }
                _ => {}
            }
            match self.tree.child(node, &name) {
                Some(id) if self.tree.node(id).kind == NodeKind::Symlink => {
                    followed += 1;
                    if followed > SYMLINKS_MAX {
                        return Err(MergeProblem::TooManySymlinks(SYMLINKS_MAX));
                    }
                    let target = self.symlink_target(id);
                    if target.first() == Some(&b'/') {
                        node = ROOT;
                    }
                    pending.extend(target.rsplit(|&byte| byte == b'/').map(<[u8]>::to_vec));
                }
                Some(id) => node = id,
                None => missing.push(name),
            }
        }
        Ok(Place { node, missing })
    }
}

/// The first component of a path and what comes after it.
fn split_first(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().position(|&byte| byte == b'/') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (path, &[]),
    }
}

/// The directory and the last component of a path; both are empty for the root.
pub fn split_last(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (&[], path),
    }
}

fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/')
        .filter(|name| !name.is_empty())
}
