//! What is copied, mounted and ignored.

use super::*;

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
