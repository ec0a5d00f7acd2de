//! Random stacks of layers, flattened by us and unpacked by umoci 0.4.7 as root: the same
//! paths, types, modes, owners, links, extended attributes, devices and content.
//!
//! What is not compared, and why:
//! - the mode of a symbolic link: Linux has none;
//! - times of what umoci made or touched after the fact: they are when the test ran; and that
//!   of a root directory that no member names, which umoci sets to 1970;
//! - set-group-id and group of such directories in a stack that has directories with
//!   set-group-id: umoci's inherit them from the file system that it unpacks to;
//! - stacks that one of the two refuses. A stack that we refuse umoci must refuse too; it may
//!   refuse more: whiteouts below something that is no directory, hard links of a name to
//!   itself.
//!
//! Not made at all, because umoci is wrong or dangerous there: names with `..` and `.wh.`
//! without a name (see `merge.rs`), AUFS's `.wh..wh.` names other than the opaque mark, which
//! umoci makes directories of; default ACLs, which umoci's files inherit while it unpacks;
//! empty extended attributes, which its reader of tars drops.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::scratch::{Scratch, leaves_out};
use crate::stack::{Stack, stacks};
use crate::tar::{Member, tar};
use crate::tree::Tree;
use crate::{flat, tree, umoci};

/// Cases of one test; there are four, for as many threads.
const CASES: u32 = 140;

#[test]
fn layers_become_what_umoci_makes_of_them_1() {
    compare_random();
}

#[test]
fn layers_become_what_umoci_makes_of_them_2() {
    compare_random();
}

#[test]
fn layers_become_what_umoci_makes_of_them_3() {
    compare_random();
}

#[test]
fn layers_become_what_umoci_makes_of_them_4() {
    compare_random();
}

fn compare_random() {
    if leaves_out(&["umoci", "e2fsck", "mke2fs", "mount"]) {
        return;
    }
    let scratch = Scratch::new();
    let config = Config {
        cases: CASES,
        max_global_rejects: CASES * 2,
        max_shrink_iters: 2_000,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&(stacks(), 0u8..8), |(stack, raw)| {
            // One in eight goes as it is, and is mostly refused.
            let stack = if raw == 0 { stack } else { acceptable(stack) };
            compare(&scratch, &stack)
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

/// The stack without the members that we refuse, and those that umoci is known to refuse.
fn acceptable(stack: Stack) -> Stack {
    let mut layers: Vec<Vec<u8>> = Vec::new();
    let mut taken = Stack::new();
    for members in stack {
        let mut layer: Vec<Member> = Vec::new();
        layers.push(tar(&layer));
        for member in members {
            layer.push(member);
            *layers.last_mut().unwrap() = tar(&layer);
            let last = layer.last().unwrap();
            let refused = last.kind == b'1' && last.link == last.name;
            if refused || flat::plan(&layers).is_err() {
                layer.pop();
                *layers.last_mut().unwrap() = tar(&layer);
            }
        }
        taken.push(layer);
    }
    taken
}

fn compare(scratch: &Scratch, stack: &Stack) -> Result<(), TestCaseError> {
    let layers: Vec<Vec<u8>> = stack.iter().map(tar).collect();
    let root = scratch.path().join("root");
    let image = scratch.path().join("image");
    let _ = fs::remove_file(&image);
    if root.exists() {
        fs::remove_dir_all(&root).unwrap();
    }
    let start = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs() as i64;
    let theirs = umoci::unpack(&layers, scratch.path(), &root);
    let ours = flat::flatten(&layers, &image);
    match (ours, theirs) {
        (Ok(_), Ok(())) => {}
        (Ok(_), Err(said)) => {
            let known = said.contains("not a directory") || itself(stack);
            prop_assert!(known, "umoci refuses what we take: {}", said);
            return Err(TestCaseError::reject("umoci refuses it"));
        }
        (Err(_), Err(_)) => return Err(TestCaseError::reject("both refuse it")),
        (Err(error), Ok(())) => {
            return Err(TestCaseError::fail(format!("only we refuse it: {error}")));
        }
    }
    let theirs = tree::read(&root);
    let ours = scratch.mounted(&image, tree::read);
    same(&ours, &theirs, start, stack)
}

fn itself(stack: &Stack) -> bool {
    stack.iter().flatten().any(|member| member.kind == b'1')
}

fn same(ours: &Tree, theirs: &Tree, start: i64, stack: &Stack) -> Result<(), TestCaseError> {
    let names = |tree: &Tree| tree.keys().cloned().collect::<Vec<_>>();
    prop_assert_eq!(names(ours), names(theirs), "ours, then umoci's");
    let set_group_id = |member: &Member| member.kind == b'5' && member.mode & 0o2000 != 0;
    let inherits = stack.iter().flatten().any(set_group_id);
    for (name, theirs) in theirs {
        let mut ours = ours[name].clone();
        if theirs.kind == 'l' {
            ours.mode = theirs.mode;
        }
        if theirs.mtime >= start || theirs.mtime == 0 {
            ours.mtime = theirs.mtime;
            if inherits && theirs.kind == 'd' {
                (ours.gid, ours.mode) = (theirs.gid, ours.mode | (theirs.mode & 0o2000));
            }
        }
        prop_assert_eq!(&ours, theirs, "{:?}: ours, then umoci's", name);
    }
    Ok(())
}
