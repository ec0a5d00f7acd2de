//! Tests of the whole, and of each part.

use banger_api::ImageConfig;
use proptest::prelude::*;

use super::{
    expand::{Lookup, Room},
    *,
};

fn args(pairs: &[(&str, &str)]) -> BuildArgs {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

fn expand(text: &str, escape: char, lookup: Lookup<'_>) -> Result<String, String> {
    super::expand::expand(text, escape, lookup, &Room::default())
}

/// All actions of a Dockerfile, and what comes of the configuration.
fn build(text: &str, given: &[(&str, &str)]) -> (Vec<Action>, ImageConfig) {
    let dockerfile = Dockerfile::parse(text).unwrap();
    let mut state = State::new(&dockerfile, ImageConfig::default(), args(given)).unwrap();
    let mut actions = Vec::new();
    for instruction in &dockerfile.stages[0].instructions {
        actions.extend(state.apply(instruction).unwrap());
    }
    (actions, state.config)
}

fn run(action: &Action) -> &RunAction {
    match action {
        Action::Run(run) => run,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_dockerfile_of_everything() {
    let text = r#"
# syntax=docker/dockerfile:1
ARG TAG=3
FROM debian:${TAG:-1} AS base
# a comment
ENV A=1 B="two words" \
    # in between

    C=$A
ENV OLD the rest of it
LABEL one="1" two=$B
WORKDIR /srv
WORKDIR app
USER app:staff
RUN echo one \
    && echo $A
RUN ["/bin/true", "--x"]
EXPOSE 80/tcp
ENTRYPOINT ["/entry"]
CMD echo hi
"#;
    let dockerfile = Dockerfile::parse(text).unwrap();
    let base = |given: &[(&str, &str)]| {
        let plan = dockerfile.plan(&args(given), None).unwrap();
        plan.stages[0].base.clone()
    };
    assert_eq!(base(&[]), Base::Image("debian:3".into()));
    assert_eq!(base(&[("TAG", "9")]), Base::Image("debian:9".into()));
    let (actions, config) = build(text, &[]);
    assert_eq!(actions[0], Action::MakeDirectory("/srv".into()));
    assert_eq!(actions[1], Action::MakeDirectory("/srv/app".into()));
    let first = run(&actions[2]);
    assert_eq!(first.command, ["/bin/sh", "-c", "echo one     && echo $A"]);
    assert_eq!(first.env["B"], "two words");
    // C was expanded before A was set.
    assert_eq!(first.env["C"], "");
    assert_eq!(first.env["OLD"], "the rest of it");
    assert_eq!(
        (first.working_dir.as_str(), first.user.as_deref()),
        ("/srv/app", Some("app:staff"))
    );
    assert_eq!(run(&actions[3]).command, ["/bin/true", "--x"]);
    assert_eq!(config.entrypoint, ["/entry"]);
    assert_eq!(config.cmd, ["/bin/sh", "-c", "echo hi"]);
    assert_eq!(config.labels["two"], "two words");
}

#[test]
fn arguments_are_seen_where_they_are_declared() {
    let text = "ARG G=g\nFROM x\nARG G\nARG V=d\nENV E=$V-$G-$N\nRUN true\n";
    let (actions, config) = build(text, &[("V", "given"), ("N", "no"), ("HTTP_PROXY", "p")]);
    assert_eq!(config.env, ["E=given-g-"]);
    assert_eq!(run(&actions[0]).env["V"], "given");
    assert_eq!(run(&actions[0]).env["HTTP_PROXY"], "p");
    assert!(!run(&actions[0]).env.contains_key("N"));
    let dockerfile = Dockerfile::parse(text).unwrap();
    let given = args(&[("V", ""), ("N", ""), ("http_proxy", "")]);
    assert_eq!(dockerfile.undeclared(&given).collect::<Vec<_>>(), ["N"]);
}

#[test]
fn heredocs_are_scripts_and_files() {
    let text = "FROM x\nRUN <<EOF\nset -e\necho $A\nEOF\nRUN cat <<-'E' > /f\n\tx\n\tE\n\
                ENV V=1\nCOPY --chown=a:b --chmod=640 <<F /etc/f\nv=$V \"q\" \\$V\nF\n\
                RUN <<E\n#!/usr/bin/env python3\nprint()\nE\n";
    let (actions, _) = build(text, &[]);
    assert_eq!(run(&actions[0]).command[2], "set -e\necho $A\n");
    assert_eq!(run(&actions[1]).command[2], "cat <<-'E' > /f\nx\nE\n");
    let Action::Copy {
        documents,
        owner,
        mode,
        destination,
        ..
    } = &actions[2]
    else {
        panic!("{actions:?}")
    };
    assert_eq!(documents[0], ("F".to_owned(), "v=1 \"q\" $V\n".to_owned()));
    assert_eq!((owner.as_deref(), *mode), (Some("a:b"), Some(0o640)));
    assert_eq!(destination, "/etc/f");
    assert_eq!(run(&actions[3]).command, ["/usr/bin/env", "python3"]);
}

#[test]
fn a_new_entry_point_drops_the_base_images_command() {
    let base = ImageConfig {
        cmd: vec!["old".into()],
        ..ImageConfig::default()
    };
    let cmd = |text: &str| {
        let dockerfile = Dockerfile::parse(text).unwrap();
        let mut state = State::new(&dockerfile, base.clone(), BuildArgs::new()).unwrap();
        for instruction in &dockerfile.stages[0].instructions {
            state.apply(instruction).unwrap();
        }
        state.config.cmd
    };
    assert!(cmd("FROM x\nENTRYPOINT [\"e\"]").is_empty());
    assert_eq!(cmd("FROM x\nCMD [\"n\"]\nENTRYPOINT [\"e\"]"), ["n"]);
    assert_eq!(cmd("FROM x"), ["old"]);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let rows = [
        ("RUN x", "line 1: only ARG may stand before FROM", false),
        ("", "line 1: there is no FROM", false),
        (
            "FROM a AS x\nFROM b AS X",
            "line 2: there is a stage x already",
            false,
        ),
        (
            "FROM a AS 1",
            "line 1: FROM: a stage cannot be called \"1\"",
            false,
        ),
        (
            "FROM a\n\nVOLUME /x",
            "line 3: VOLUME is not supported",
            true,
        ),
        ("FROM a\nFOO x", "line 2: \"FOO\" is no instruction", true),
        (
            "FROM a\nRUN --mount=type=cache x",
            "line 2: RUN --mount: target is missing",
            false,
        ),
        (
            "FROM a\nRUN --mount=type=secret,id=s,target=/s x",
            "line 2: RUN --mount=type=secret is not supported",
            true,
        ),
        (
            "FROM a\nRUN --mount=type=cache,target=/x,mode=9 x",
            "line 2: RUN --mount: mode=9: write an octal",
            false,
        ),
        (
            "FROM a\nRUN --mount=from=$X,target=/x x",
            "line 2: RUN --mount: from=$X: write a stage",
            false,
        ),
        (
            "FROM a\nRUN --network=none x",
            "line 2: RUN --network",
            true,
        ),
        (
            "FROM a\nRUN --mount=type=tmpfs,target=/x",
            "line 2: RUN: what it is about is missing",
            false,
        ),
        (
            "FROM a\nCOPY --from=$b /x /y",
            "line 2: COPY --from takes no variables",
            false,
        ),
        ("FROM a\nCOPY --from= /x /y", "line 2: COPY --from", true),
        ("FROM a\nADD --from=b /x /y", "line 2: ADD --from", true),
        (
            "FROM a\nCOPY --from=b <<E /y\nx\nE",
            "line 2: COPY: here-documents go without --from",
            false,
        ),
        (
            "FROM a\nCOPY https://x/y /y",
            "line 2: COPY https://x/y: COPY takes local files; use ADD",
            true,
        ),
        ("FROM a\nADD ftp://x/y /y", "line 2: ADD ftp://x/y", true),
        (
            "FROM a\nADD https://x/y.git /y",
            "line 2: ADD https://x/y.git",
            true,
        ),
        ("FROM a\nADD git@x:y /y", "line 2: ADD git@x:y", true),
        (
            "FROM a\nCOPY --checksum=sha256:0 x /y",
            "line 2: COPY --checksum is not supported",
            true,
        ),
        (
            "FROM a\nADD --checksum=sha256:0 x y /y/",
            "line 2: ADD --checksum is of one address",
            false,
        ),
        ("FROM a\nCOPY x", "line 2: COPY: write COPY SOURCE", false),
        (
            "FROM a\nRUN <<E\nx",
            "line 2: the here-document has no end",
            false,
        ),
        ("FROM a\nENV A", "line 2: ENV: A has no value", false),
        ("FROM a\nENV A=\"x", "line 2: ENV: the quote", false),
        (
            "FROM a\nSHELL sh",
            "line 2: SHELL: write a JSON array",
            false,
        ),
        (
            "FROM a\nRUN",
            "line 2: RUN: what it is about is missing",
            false,
        ),
        (
            "FROM --platform=linux/arm64 a",
            "line 1: FROM --platform=linux/arm64",
            true,
        ),
        ("# escape=x\nFROM a", "line 1: the escape character", false),
    ];
    for (text, message, unsupported) in rows {
        let error = Dockerfile::parse(text).unwrap_err();
        assert!(error.to_string().starts_with(message), "{text:?}: {error}");
        assert_eq!(error.is_unsupported, unsupported, "{text:?}");
    }
    let dockerfile = Dockerfile::parse("FROM a\nCOPY --chmod=u+x a b").unwrap();
    let mut state = State::new(&dockerfile, ImageConfig::default(), BuildArgs::new()).unwrap();
    assert!(state.apply(&dockerfile.stages[0].instructions[0]).is_err());
}

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

#[test]
fn nesting_ends_before_the_stack_does() {
    for open in ["${a-", "${a:+", "\"${a-"] {
        let error = expand(&open.repeat(100_000), '\\', &|_| None).unwrap_err();
        assert_eq!(error, "variables are nested too deep", "{open}");
    }
    let nested = format!("{}x{}", "${a-".repeat(16), "}".repeat(16));
    assert_eq!(expand(&nested, '\\', &|_| None).unwrap(), "x");
}

#[test]
fn values_end_before_the_memory_does() {
    for (first, line) in [
        ("ENV A=aaaa", "ENV A=$A$A"),
        ("ARG A=aaaa", "ARG A=$A$A"),
        ("ENV A=aaaa", "ENV A=$A${A:+$A}"),
    ] {
        let text = format!("FROM x\n{first}\n{}", format!("{line}\n").repeat(64));
        let dockerfile = Dockerfile::parse(&text).unwrap();
        let mut state = State::new(&dockerfile, ImageConfig::default(), BuildArgs::new()).unwrap();
        let mut applied = dockerfile.stages[0]
            .instructions
            .iter()
            .map(|line| state.apply(line));
        let error = applied.find_map(Result::err).unwrap();
        assert!(error.message.contains("exceed 16 MiB"), "{error}");
    }
    let globals = format!("ARG A=aaaa\n{}FROM x", "ARG A=$A$A\n".repeat(64));
    let dockerfile = Dockerfile::parse(&globals).unwrap();
    let error = dockerfile.plan(&BuildArgs::new(), None).unwrap_err();
    assert!(error.message.contains("exceed 16 MiB"), "{error}");
}

#[test]
fn mounts_are_resolved() {
    let text = "FROM x\nARG D=c\nWORKDIR /w\nRUN --mount=type=cache,target=/${D}/,uid=7,mode=700 \\\n  \
                --mount=source=go.sum,target=go.sum --mount=type=tmpfs,dst=/t <<E\nmake\nE\n";
    let (actions, _) = build(text, &[]);
    let run = run(&actions[1]);
    assert_eq!(run.command[2], "make\n");
    let cache = MountKind::Cache {
        id: None,
        owner: (7, 0),
        mode: 0o700,
    };
    let bind = MountKind::Bind {
        from: None,
        source: "go.sum".into(),
    };
    let mount = |kind, target: &str| Mount {
        kind,
        target: target.to_owned(),
    };
    let expected = [
        mount(cache, "/c"),
        mount(bind, "/w/go.sum"),
        mount(MountKind::Tmpfs, "/t"),
    ];
    assert_eq!(run.mounts, expected);
    let dockerfile = Dockerfile::parse("FROM x\nRUN --mount=type=tmpfs,target=../ x\n").unwrap();
    let mut state = State::new(&dockerfile, ImageConfig::default(), BuildArgs::new()).unwrap();
    assert!(state.apply(&dockerfile.stages[0].instructions[0]).is_err());
}

#[test]
fn addresses_are_fetched_by_add_only() {
    let sum = "AB".repeat(32);
    let text = format!(
        "FROM x\nARG V=1\nADD --checksum=sha256:{sum} https://h/$V.tar /d/\nADD http://h/a b /d/\n"
    );
    let told = |action: &Action| match action {
        Action::Copy {
            sources,
            addresses,
            sha256,
            ..
        } => (sources.join(" "), addresses.join(" "), sha256.clone()),
        other => panic!("{other:?}"),
    };
    let (actions, _) = build(&text, &[]);
    let (none, first) = (String::new(), "https://h/1.tar".to_owned());
    assert_eq!(told(&actions[0]), (none, first, Some(sum.to_lowercase())));
    let (file, second) = ("b".to_owned(), "http://h/a".to_owned());
    assert_eq!(told(&actions[1]), (file, second, None));
    for text in [
        "--checksum=sha256:12 http://h/a",
        "--checksum=md5:1 http://h/a",
        &format!("--checksum=sha256:{sum} b"),
    ] {
        let dockerfile = Dockerfile::parse(&format!("FROM x\nADD {text} /d\n")).unwrap();
        let mut state = State::new(&dockerfile, ImageConfig::default(), BuildArgs::new()).unwrap();
        let error = state
            .apply(&dockerfile.stages[0].instructions[0])
            .unwrap_err();
        assert!(error.to_string().starts_with("line 2: "), "{error}");
    }
}

#[test]
fn ignored_files_can_be_kept() {
    let ignore = Ignore::parse("# c\n*.log\n/target\n**/node_modules\ndocs/*\n!docs/keep\n");
    for path in [
        "a.log",
        "target/x/y",
        "x/node_modules/y",
        "node_modules",
        "docs/a",
    ] {
        assert!(ignore.ignores(path), "{path}");
    }
    for path in [
        "x/a.log",
        "docs",
        "docs/keep",
        "docs/keep/deep",
        "src/target",
    ] {
        assert!(!ignore.ignores(path), "{path}");
    }
}

fn members(paths: &[&str]) -> Vec<Member> {
    let member = |path: &&str| Member {
        path: path.trim_end_matches('/').as_bytes().to_vec(),
        is_directory: path.ends_with('/'),
    };
    paths.iter().map(member).collect()
}

#[test]
fn sources_are_chosen_by_name_wildcard_and_directory() {
    let all = members(&["a.txt", "b.txt", "d/", "d/e/", "d/e/f", "d/g", "s.bin"]);
    let ignore = Ignore::parse("s.*\nd/g");
    let names = |sources: &[&str]| {
        let sources: Vec<String> = sources.iter().map(|s| (*s).to_owned()).collect();
        let chosen = select(&all, &ignore, &sources)?;
        let names = chosen
            .items
            .iter()
            .map(|(_, name)| String::from_utf8_lossy(name).into_owned());
        Ok::<_, String>((names.collect::<Vec<_>>().join(" "), chosen.is_one_file))
    };
    assert_eq!(names(&["a.txt"]).unwrap(), ("a.txt".to_owned(), true));
    assert_eq!(
        names(&["./*.txt"]).unwrap(),
        ("a.txt b.txt".to_owned(), false)
    );
    assert_eq!(names(&["d"]).unwrap(), ("e e/f".to_owned(), false));
    assert_eq!(
        names(&["/d/e/f", "a.txt"]).unwrap(),
        ("f a.txt".to_owned(), false)
    );
    assert_eq!(names(&["."]).unwrap().0, "a.txt b.txt d d/e d/e/f");
    assert_eq!(
        names(&["s.bin"]).unwrap_err(),
        "s.bin is left out by .dockerignore"
    );
    assert_eq!(
        names(&["../../x"]).unwrap_err(),
        "../../x is not in the context"
    );
}

proptest! {
    #[test]
    fn any_text_is_read(text in "(FROM x\n)?(\\PC|\n|RUN |COPY |ENV |<<E|\\$\\{|\"|\\\\\n){0,40}") {
        if let Ok(dockerfile) = Dockerfile::parse(&text) {
            let _ = dockerfile.plan(&BuildArgs::new(), None);
            let mut state = State::new(&dockerfile, ImageConfig::default(), BuildArgs::new()).unwrap();
            for instruction in &dockerfile.stages[0].instructions {
                let _ = state.apply(instruction);
            }
        }
    }

    #[test]
    fn any_word_is_expanded(text in "[a${}:\\-+'\"\\\\]{0,60}") {
        let _ = expand(&text, '\\', &|_| Some("v".to_owned()));
    }

    #[test]
    fn what_is_quoted_comes_back(value in "[^'\0]{0,20}") {
        let text = format!("'{value}'");
        prop_assert_eq!(expand(&text, '\\', &|_| None).unwrap(), value);
    }

    #[test]
    fn any_pattern_is_tried(pattern in "[a*?\\[\\]^\\\\/-]{0,30}", path in "[a/]{0,30}") {
        let _ = Ignore::parse(&pattern).ignores(&path);
    }

    #[test]
    fn a_name_fits_itself(path in "[a-z0-9._-]{1,8}(/[a-z0-9_-]{1,8}){0,3}") {
        prop_assume!(!path.split('/').any(|part| part == "." || part == ".."));
        prop_assert!(Ignore::parse(&path).ignores(&path));
        prop_assert_eq!(Ignore::parse(&format!("{path}\n!{path}")).ignores(&path), false);
    }
}
