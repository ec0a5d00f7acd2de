//! Instructions, and what comes of them.

use super::*;

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
