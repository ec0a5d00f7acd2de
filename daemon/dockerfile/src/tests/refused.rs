//! What is wrong, with its line.

use super::*;

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
