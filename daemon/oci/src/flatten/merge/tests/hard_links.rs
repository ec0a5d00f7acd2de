//! Hard links.

use super::*;

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
