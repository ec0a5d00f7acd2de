//! Names over names, whiteouts, opaque directories.

use super::*;

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
