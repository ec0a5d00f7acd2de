//! What cannot be a way, and where a limit ends it.

use super::*;

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
