//! Each rule of a merge on its own, then random layers against what must always hold.
//!
//! A layer is a list of members: `d path` (directory), `f path` (file), `s path > target`
//! (symbolic link), `h path > target` (hard link), `p path` (pipe), `w path` (whiteout),
//! `o path` (opaque mark). What is left is told as `path` and `layer.member` of where it
//! comes from.
//!
//! | file | role |
//! |---|---|
//! | `layers.rs` | names over names, whiteouts, opaque directories |
//! | `parents.rs` | parents that are implied, links on the way, and what climbs out |
//! | `hard_links.rs` | hard links |
//! | `refused.rs` | what cannot be a way, and where a limit ends it |
//! | `random.rs` | random layers |

mod hard_links;
mod layers;
mod parents;
mod random;
mod refused;

use std::collections::BTreeMap;

use super::*;
use crate::flatten::index::Builder;

fn index(members: &[impl AsRef<str>]) -> LayerIndex {
    let mut builder = Builder::default();
    for member in members {
        let (kind, rest) = member.as_ref().split_at(2);
        let (path, target) = rest.split_once(" > ").unwrap_or((rest, ""));
        let kind = match kind {
            "d " => RecordKind::Directory,
            "f " => RecordKind::File,
            "s " => RecordKind::Symlink,
            "h " => RecordKind::HardLink,
            "p " => RecordKind::Special,
            "w " => RecordKind::Whiteout,
            "o " => RecordKind::Opaque,
            "i " => RecordKind::Ignored,
            other => panic!("{other:?}"),
        };
        let record = Record {
            kind,
            path: path.as_bytes(),
            target: target.as_bytes(),
            blocks: 1,
        };
        builder.push(record, &Limits::default()).unwrap();
    }
    builder.finish()
}

fn try_merge(layers: &[&[&str]]) -> Result<Plan, MergeError> {
    let layers: Vec<_> = layers.iter().map(|members| index(members)).collect();
    merge(&layers, &Limits::default())
}

/// Path to "layer.member", or to "-" for an implied directory.
fn names(plan: &Plan) -> BTreeMap<String, String> {
    let path = |node| String::from_utf8_lossy(&plan.tree.path(node)).into_owned();
    let mut names: BTreeMap<_, _> = plan
        .implied
        .iter()
        .map(|&node| (path(node), "-".to_owned()))
        .collect();
    for (layer, placements) in plan.layers.iter().enumerate() {
        for placement in placements {
            let from = format!("{layer}.{}", placement.ordinal);
            assert!(names.insert(path(placement.node), from).is_none());
        }
    }
    names
}

/// What is left, without the root, as "path layer.member".
fn merged(layers: &[&[&str]]) -> Vec<String> {
    let mut names = names(&try_merge(layers).unwrap());
    names.remove("").unwrap();
    names
        .into_iter()
        .map(|(path, from)| format!("{path} {from}"))
        .collect()
}

fn problem(layers: &[&[&str]]) -> MergeProblem {
    match try_merge(layers) {
        Ok(plan) => panic!("it was taken: {:?}", names(&plan)),
        Err(error) => error.problem,
    }
}
