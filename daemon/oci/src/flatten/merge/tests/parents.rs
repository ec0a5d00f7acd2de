//! Parents that are implied, links on the way, and what climbs out.

use super::*;

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
