//! Each rule of a merge on its own, then random layers against what must always hold.
//!
//! A layer is a list of members: `d path` (directory), `f path` (file), `s path > target`
//! (symbolic link), `h path > target` (hard link), `p path` (pipe), `w path` (whiteout),
//! `o path` (opaque mark). What is left is told as `path` and `layer.member` of where it
//! comes from.

use std::collections::BTreeMap;

use proptest::prelude::*;

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

#[test]
fn layers_lie_over_each_other() {
    assert_eq!(
        merged(&[&["d a", "f a/x", "f a/y"], &["f a/x", "f z"]]),
        ["a 0.0", "a/x 1.0", "a/y 0.2", "z 1.1"]
    );
}

#[test]
fn the_last_of_one_name_in_a_layer_counts() {
    assert_eq!(merged(&[&["f a", "s a > b", "f a"]]), ["a 0.2"]);
}

#[test]
fn the_roots_attributes_are_the_last_ones() {
    let plan = try_merge(&[&["d ", "f a"], &["f b", "d "]]).unwrap();
    assert_eq!(names(&plan)[""], "1.1");
    let plan = try_merge(&[&["f a"]]).unwrap();
    assert_eq!(names(&plan)[""], "-");
}

#[test]
fn whiteouts_take_names_and_trees_away() {
    assert_eq!(
        merged(&[&["d a", "f a/x", "d a/d", "f a/d/y"], &["w a/d"]]),
        ["a 0.0", "a/x 0.1"]
    );
    assert_eq!(merged(&[&["d a", "f a/x"], &["w a"]]), [""; 0]);
    // What is not there, or below what is not there.
    assert_eq!(
        merged(&[&["f a"], &["w b", "w c/d", "w a/d", "o c", "o a"]]),
        ["a 0.0"]
    );
}

#[test]
fn a_whiteout_does_not_make_directories() {
    assert_eq!(merged(&[&["f a"], &["w b/c/d", "o b/e"]]), ["a 0.0"]);
}

#[test]
fn a_whiteout_spares_its_own_layer_in_any_order() {
    let lower: &[&str] = &["d a", "f a/x", "f a/y"];
    assert_eq!(
        merged(&[lower, &["w a", "d a", "f a/x"]]),
        ["a 1.1", "a/x 1.2"]
    );
    assert_eq!(
        merged(&[lower, &["d a", "f a/x", "w a"]]),
        ["a 1.0", "a/x 1.1"]
    );
    assert_eq!(merged(&[&["f a"], &["f a", "w a"]]), ["a 1.0"]);
    assert_eq!(merged(&[&["f a"], &["w a", "f a"]]), ["a 1.1"]);
    // In the next layer they are lower themselves.
    assert_eq!(merged(&[&["f a"], &["f a", "w a"], &["w a"]]), [""; 0]);
}

#[test]
fn the_way_to_a_new_member_survives_a_whiteout_after_it() {
    // The directories are not in the layer, but it has touched them.
    assert_eq!(
        merged(&[&["d a", "d a/b", "f a/b/x", "f a/y"], &["f a/b/new", "w a"]]),
        ["a 0.0", "a/b 0.1", "a/b/new 1.0"]
    );
}

#[test]
fn an_opaque_directory_hides_only_what_is_below_its_layer() {
    let lower: &[&str] = &["d a", "f a/x", "d a/d", "f a/d/y"];
    for members in [
        ["o a", "d a", "f a/new"],
        ["d a", "f a/new", "o a"],
        ["d a", "o a", "f a/new"],
    ] {
        let left = merged(&[lower, &members]);
        let names: Vec<_> = left
            .iter()
            .map(|line| line.split(' ').next().unwrap())
            .collect();
        assert_eq!(names, ["a", "a/new"], "{members:?}");
    }
    // Without the directory itself its old attributes stay.
    assert_eq!(merged(&[lower, &["o a"]]), ["a 0.0"]);
    assert_eq!(merged(&[lower, &["o "]]), [""; 0]);
    assert_eq!(
        merged(&[lower, &["f a/d/new", "o "]]),
        ["a 0.0", "a/d 0.2", "a/d/new 1.0"]
    );
}

#[test]
fn whiteouts_and_opaque_marks_go_through_symbolic_links() {
    let lower: &[&str] = &["d a", "f a/x", "f a/y", "s l > /a"];
    assert_eq!(merged(&[lower, &["w l/x"]]), ["a 0.0", "a/y 0.2", "l 0.3"]);
    assert_eq!(merged(&[lower, &["o l"]]), ["a 0.0", "l 0.3"]);
    // The link itself, not what it leads to.
    assert_eq!(merged(&[lower, &["w l"]]), ["a 0.0", "a/x 0.1", "a/y 0.2"]);
}

#[test]
fn a_directory_over_a_directory_keeps_what_is_in_it() {
    assert_eq!(merged(&[&["d a", "f a/x"], &["d a"]]), ["a 1.0", "a/x 0.1"]);
}

#[test]
fn anything_else_over_a_directory_replaces_the_tree() {
    for member in ["f a", "s a > x", "p a"] {
        assert_eq!(
            merged(&[&["d a", "d a/b", "f a/b/c"], &[member]]),
            ["a 1.0"]
        );
    }
    assert_eq!(
        merged(&[&["f x", "d a", "f a/b"], &["h a > x"]]),
        ["a 0.0", "x 0.0"]
    );
}

#[test]
fn a_directory_over_anything_else_replaces_it() {
    for member in ["f a", "s a > b", "p a"] {
        assert_eq!(
            merged(&[&["d b", member], &["d a", "f a/x"]]),
            ["a 1.0", "a/x 1.1", "b 0.0"]
        );
    }
}

#[test]
fn a_symbolic_link_over_a_link_is_not_followed() {
    assert_eq!(merged(&[&["d b", "s a > b"], &["f a"]]), ["a 1.0", "b 0.0"]);
}

#[test]
fn parents_are_implied_and_may_come_later() {
    assert_eq!(
        merged(&[&["f a/b/c"], &["d a"]]),
        ["a 1.0", "a/b -", "a/b/c 0.0"]
    );
    // They stay when what needed them goes.
    assert_eq!(merged(&[&["f a/b"], &["w a/b"]]), ["a -"]);
}

#[test]
fn parents_are_followed_through_symbolic_links_inside_the_root() {
    let lower: &[&str] = &["d usr", "d usr/lib", "s lib > usr/lib", "s up > ../../usr"];
    assert_eq!(
        merged(&[lower, &["f lib/x", "f up/y"]]),
        [
            "lib 0.2",
            "up 0.3",
            "usr 0.0",
            "usr/lib 0.1",
            "usr/lib/x 1.0",
            "usr/y 1.1"
        ]
    );
    // Absolute, through several, and with `..` that has the meaning of the place.
    assert_eq!(
        merged(&[
            &["d a", "d a/b", "s l > /m", "s m > a/b", "s a/b/n > .."],
            &["f l/n/x"]
        ]),
        ["a 0.0", "a/b 0.1", "a/b/n 0.4", "a/x 1.0", "l 0.2", "m 0.3"]
    );
}

#[test]
fn a_link_that_leads_nowhere_makes_its_target() {
    assert_eq!(
        merged(&[&["s l > a/b"], &["f l/x"]]),
        ["a -", "a/b -", "a/b/x 1.0", "l 0.0"]
    );
    // `..` behind what does not exist is taken as it is written.
    assert_eq!(
        merged(&[&["s l > gone/../b"], &["f l/x"]]),
        ["b -", "b/x 1.0", "l 0.0"]
    );
}

#[test]
fn nothing_climbs_out_of_the_root() {
    assert_eq!(
        merged(&[&["s l > ../../../../etc"], &["f l/x"]]),
        ["etc -", "etc/x 1.0", "l 0.0"]
    );
    assert_eq!(
        merged(&[&["s l > /"], &["f l/x", "h l/y > l/x", "w l/x"]]),
        ["l 0.0", "x 1.0", "y 1.0"]
    );
}

#[test]
fn a_directory_swapped_for_a_link_between_layers() {
    assert_eq!(
        merged(&[&["d a", "f a/x", "d b"], &["s a > b"], &["f a/y"]]),
        ["a 1.0", "b 0.2", "b/y 2.0"]
    );
}

#[test]
fn hard_links_reach_into_lower_layers() {
    let plan = try_merge(&[&["f a"], &["h b > a", "d d", "h d/c > b"]]).unwrap();
    assert_eq!(
        merged(&[&["f a"], &["h b > a", "d d", "h d/c > b"]]),
        ["a 0.0", "b 0.0", "d 1.1", "d/c 0.0"]
    );
    assert_eq!(plan.content().files, 1);
    assert_eq!(plan.content().names, 4);
    assert_eq!(plan.content().data_bytes, 4096);
}

#[test]
fn one_name_of_several_may_go_or_change() {
    let lower: &[&str] = &["f a", "h b > a", "h c > a"];
    assert_eq!(merged(&[lower, &["w a"]]), ["b 0.0", "c 0.0"]);
    assert_eq!(merged(&[lower, &["f a"]]), ["a 1.0", "b 0.0", "c 0.0"]);
    assert_eq!(merged(&[lower, &["w a", "w b", "w c"]]), [""; 0]);
}

#[test]
fn a_hard_link_takes_what_its_target_is_at_that_moment() {
    assert_eq!(merged(&[&["f a"], &["h b > a", "f a"]]), ["a 1.1", "b 0.0"]);
    assert_eq!(merged(&[&["f a"], &["f a", "h b > a"]]), ["a 1.0", "b 1.0"]);
}

#[test]
fn hard_links_to_symbolic_links_and_through_them() {
    assert_eq!(
        merged(&[&["d d", "f d/x", "s l > d"], &["h m > l", "h y > l/x"]]),
        ["d 0.0", "d/x 0.1", "l 0.2", "m 0.2", "y 0.1"]
    );
    // The new name is a link too: what goes through it arrives.
    assert_eq!(
        merged(&[&["d d", "s l > d", "h m > l", "f m/x"]]),
        ["d 0.0", "d/x 0.3", "l 0.1", "m 0.1"]
    );
}

#[test]
fn a_hard_link_to_itself_changes_nothing() {
    assert_eq!(merged(&[&["f a"], &["h a > a"]]), ["a 0.0"]);
    // But the layer has touched it.
    assert_eq!(merged(&[&["f a"], &["h a > a", "w a"]]), ["a 0.0"]);
}

#[test]
fn hard_links_to_what_is_not_there() {
    let missing = |layers: &[&[&str]]| {
        assert!(matches!(
            problem(layers),
            MergeProblem::LinkTargetMissing(_)
        ));
    };
    missing(&[&["h a > b"]]);
    missing(&[&["h a > b", "f b"]]);
    missing(&[&["f b"], &["w b"], &["h a > b"]]);
    missing(&[&["f b"], &["h a > c/b"]]);
    // It goes with what the link replaces.
    missing(&[&["d d", "f d/x"], &["h d > d/x"]]);
    missing(&[&["d d", "h d > d"]]);
    let directory = |layers: &[&[&str]]| {
        assert!(matches!(problem(layers), MergeProblem::LinkToDirectory(_)));
    };
    directory(&[&["d d", "h a > d"]]);
    directory(&[&["h a > "]]);
}

#[test]
fn what_is_no_directory_is_no_way() {
    for member in ["f a", "p a", "s a > b"] {
        let layers: &[&[&str]] = &[&["f b", member], &["f a/x"]];
        assert!(
            matches!(problem(layers), MergeProblem::NotADirectory(_)),
            "{member}"
        );
    }
    let error = try_merge(&[&["f a"], &["f b", "f a/x"]]).err().unwrap();
    assert_eq!(
        error.to_string(),
        "layer 2 (from the bottom), \"a/x\": \"a\" on its way is not a directory"
    );
}

#[test]
fn links_in_a_circle() {
    for layers in [
        [["s a > a"].as_slice(), &["f a/x"]],
        [&["s a > b", "s b > a"], &["w b/x"]],
        [&["s a > a/a"], &["h x > a/a"]],
    ] {
        assert!(matches!(
            problem(&layers),
            MergeProblem::TooManySymlinks(255)
        ));
    }
}

#[test]
fn the_passwd_of_the_result_is_found() {
    let passwd = |layers: &[&[&str]]| try_merge(layers).unwrap().passwd;
    assert_eq!(passwd(&[&["f etc/passwd"], &["f x"]]), Some((0, 0)));
    assert_eq!(
        passwd(&[&["f etc/passwd"], &["f x", "f etc/passwd"]]),
        Some((1, 1))
    );
    assert_eq!(passwd(&[&["f etc/passwd"], &["w etc"]]), None);
    assert_eq!(
        passwd(&[&["f usr/p", "s etc/passwd > ../usr/p"]]),
        Some((0, 0))
    );
    assert_eq!(passwd(&[&["d etc/passwd"]]), None);
}

#[test]
fn layers_without_survivors_are_not_needed() {
    let plan = try_merge(&[&["f a"], &["f a"], &["w b"]]).unwrap();
    assert_eq!(
        [0, 1, 2, 3].map(|layer| plan.needs_layer(layer)),
        [false, true, false, false]
    );
}

#[test]
fn limits_hold_for_all_layers_together() {
    let layers = [index(&["f a", "f b"]), index(&["f c", "f d/e"])];
    let limits = |entries, name_bytes| Limits {
        entries,
        name_bytes,
        ..Limits::default()
    };
    assert!(merge(&layers, &limits(5, 5)).is_ok());
    let problem = |entries, name_bytes| match merge(&layers, &limits(entries, name_bytes)) {
        Ok(_) => panic!("it was taken"),
        Err(error) => error.problem,
    };
    assert!(matches!(problem(4, 100), MergeProblem::TooManyEntries(4)));
    assert!(matches!(problem(100, 4), MergeProblem::NamesTooLong(4)));
    let many = vec![LayerIndex::default(); LAYERS_MAX + 1];
    let error = merge(&many, &Limits::default()).err().unwrap();
    assert!(matches!(error.problem, MergeProblem::TooManyLayers(_)));
}

#[test]
fn hostile_names_cannot_waste_time_without_end() {
    let limits = Limits {
        steps: 100_000,
        ..Limits::default()
    };
    let problem = |members: &[String]| match merge(&[index(members)], &limits) {
        Ok(_) => panic!("it was taken"),
        Err(error) => error.problem,
    };
    // Each name leads through 200 links of 100 components.
    let mut members: Vec<String> = (0..200)
        .map(|i| format!("s l{i} > {}l{}", "./".repeat(99), i + 1))
        .collect();
    members.push("d l200".into());
    members.extend((0..10).map(|i| format!("w l0/{i}")));
    assert!(matches!(problem(&members), MergeProblem::TooManySteps));
    // Marks that go through a large directory again and again.
    let mut members: Vec<String> = (0..1_000).map(|i| format!("f d/{i}")).collect();
    members.extend((0..200).map(|_| "o d".to_owned()));
    assert!(matches!(problem(&members), MergeProblem::TooManySteps));
}

fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec("[abc]", 1..4).prop_map(|parts| parts.join("/"))
}

fn member() -> impl Strategy<Value = String> {
    let target = prop_oneof![
        path(),
        path().prop_map(|path| format!("/{path}")),
        path().prop_map(|path| format!("../{path}"))
    ];
    prop_oneof![
        4 => path().prop_map(|path| format!("f {path}")),
        4 => path().prop_map(|path| format!("d {path}")),
        2 => (path(), target).prop_map(|(path, target)| format!("s {path} > {target}")),
        2 => (path(), path()).prop_map(|(path, target)| format!("h {path} > {target}")),
        1 => path().prop_map(|path| format!("p {path}")),
        2 => path().prop_map(|path| format!("w {path}")),
        1 => path().prop_map(|path| format!("o {path}")),
    ]
}

proptest! {
    #[test]
    fn a_plan_is_a_tree_of_members_of_the_right_kind(
        layers in proptest::collection::vec(proptest::collection::vec(member(), 0..12), 1..5)
    ) {
        let indexes: Vec<_> = layers.iter().map(|members| index(members)).collect();
        let Ok(plan) = merge(&indexes, &Limits::default()) else {
            return Ok(());
        };
        let names = names(&plan);
        let kind = |path: &str| match names[path].split_once('.') {
            None => "d",
            Some((layer, member)) => {
                &layers[layer.parse::<usize>().unwrap()][member.parse::<usize>().unwrap()][..1]
            }
        };
        for path in names.keys().filter(|path| !path.is_empty()) {
            let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
            prop_assert!(names.contains_key(parent), "{} has no parent", path);
            prop_assert_eq!(kind(parent), "d");
            prop_assert!("fdsp".contains(kind(path)));
        }
        // An empty layer on top changes nothing, and neither does the last layer twice unless
        // it takes away or links.
        let mut again = indexes.clone();
        again.push(LayerIndex::default());
        let same = merge(&again, &Limits::default()).unwrap();
        prop_assert_eq!(super::tests::names(&same), names.clone());
        again.push(index(&["o "]));
        let nothing = merge(&again, &Limits::default()).unwrap();
        prop_assert_eq!(nothing.content().names, 0);
    }

    #[test]
    fn merging_does_not_care_what_indexes_have_been_through(
        members in proptest::collection::vec(member(), 0..20)
    ) {
        let index = index(&members);
        prop_assert_eq!(LayerIndex::from_bytes(&index.to_bytes()), Some(index));
    }
}
