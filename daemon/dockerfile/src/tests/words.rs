//! Variables, escapes, paths.

use super::*;

#[test]
fn variables_expand_as_in_a_shell() {
    let rows = [
        ("$A-${A}", "1-1"),
        ("${B:-x}${B-y}${E:-z}${E-w}", "xyz"),
        ("${A:+x}${B:+y}${E+z}", "xz"),
        ("${B:-${A}2}", "12"),
        (r"\$A '$A' \${A}", "$A $A ${A}"),
        (r#""a b$A\"\n""#, r#"a b1"\n"#),
        ("a$", "a$"),
    ];
    let lookup = |name: &str| match name {
        "A" => Some("1".to_owned()),
        "E" => Some(String::new()),
        _ => None,
    };
    for (text, expected) in rows {
        assert_eq!(expand(text, '\\', &lookup).unwrap(), expected, "{text}");
    }
    for text in ["${", "${A", "'a", "\"a", "${A#x}", "${}", "${B:?must}"] {
        assert!(expand(text, '\\', &lookup).is_err(), "{text}");
    }
}

#[test]
fn a_backtick_escapes_where_it_says_so() {
    let (actions, _) = build("# escape=`\nFROM x\nRUN a `\n  b \\\nRUN c\n", &[]);
    assert_eq!(run(&actions[0]).command[2], "a   b \\");
    assert_eq!(run(&actions[1]).command[2], "c");
}

#[test]
fn destinations_are_absolute() {
    let destination = |text: &str| match &build(&format!("FROM x\nWORKDIR /w\n{text}"), &[]).0[1] {
        Action::Copy { destination, .. } => destination.clone(),
        other => panic!("{other:?}"),
    };
    for (text, expected) in [
        ("COPY a b", "/w/b"),
        ("COPY a .", "/w/"),
        ("COPY a ../c/", "/c/"),
        ("COPY a /", "/"),
        ("COPY [\"a b\", \"/c d\"]", "/c d"),
    ] {
        assert_eq!(destination(text), expected, "{text}");
    }
}
