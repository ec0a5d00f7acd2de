//! Dockerfiles, and the `.dockerignore` beside them: `banger_dockerfile`, from the text to what
//! a build does.
//!
//! An input is a Dockerfile, and behind its first zero byte a `.dockerignore`.

#![no_main]

use banger_api::ImageConfig;
use banger_dockerfile::{
    Action, Base, BuildArgs, BuildError, Dockerfile, Ignore, Member, Plan, State, interpreter,
    select,
};
use libfuzzer_sys::fuzz_target;

/// The files of the context; directories end in `/`.
const CONTEXT: [&str; 10] = [
    "a",
    "a.log",
    "keep.log",
    "b c",
    "src/",
    "src/main.rs",
    "src/x/",
    "src/x/y",
    "target/",
    "target/a",
];

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (dockerfile, ignore) = text.split_once('\0').unwrap_or((&text, ""));
    let ignore = Ignore::parse(ignore);
    for member in members() {
        ignore.ignores(&String::from_utf8_lossy(&member.path));
    }
    if let Err(error) = build(dockerfile, &ignore) {
        assert!(!error.message.is_empty());
        let lines = dockerfile.lines().count().max(1);
        assert!((1..=lines).contains(&error.line), "{error}");
    }
});

fn build(text: &str, ignore: &Ignore) -> Result<(), BuildError> {
    let dockerfile = Dockerfile::parse(text)?;
    let given = BuildArgs::from([("A".to_owned(), "given value".to_owned())]);
    dockerfile.undeclared(&given).count();
    let _ = dockerfile.plan(&given, Some("base"));
    let plan = dockerfile.plan(&given, None)?;
    check_plan(&plan);
    let mut states: Vec<State> = Vec::new();
    for stage in &plan.stages {
        let mut state = match stage.base {
            Base::Image(_) | Base::Scratch => {
                State::new(&dockerfile, ImageConfig::default(), given.clone())?
            }
            Base::Stage(of) => states[of].continued(),
        };
        for instruction in &stage.instructions {
            if let Some(action) = state.apply(instruction)? {
                check(&action, ignore);
            }
        }
        states.push(state);
    }
    Ok(())
}

/// Whatever a stage needs is there when its turn comes.
fn check_plan(plan: &Plan) {
    assert!(!plan.stages.is_empty());
    assert!(plan.images().all(|image| !image.is_empty()));
    for (at, stage) in plan.stages.iter().enumerate() {
        assert!(stage.base != Base::Stage(at) && !plan.root(at).is_empty());
        for &of in stage.sources.values() {
            assert!(of < at, "{plan:?}");
            assert!(plan.needs(of, at - 1), "{plan:?}");
        }
        if let Base::Stage(of) = stage.base {
            assert!(of < at, "{plan:?}");
            assert!(plan.goes_on(at) != plan.is_copied_whole(of), "{plan:?}");
        }
        for instruction in &stage.instructions {
            for word in instruction.origins() {
                assert!(stage.sources.contains_key(word), "{plan:?}");
            }
        }
    }
}

fn check(action: &Action, ignore: &Ignore) {
    match action {
        Action::Run(run) => {
            assert!(is_clean(&run.working_dir), "{}", run.working_dir);
            assert!(run.mounts.iter().all(|mount| is_clean(&mount.target)));
            if let Some(script) = &run.script {
                assert_eq!(run.command, interpreter(script));
            }
        }
        Action::Copy {
            sources,
            addresses,
            sha256,
            destination,
            mode,
            ..
        } => {
            assert!(addresses.iter().all(|address| address.starts_with("http")));
            assert!(sha256.as_ref().is_none_or(|digits| digits.len() == 64));
            assert!(is_clean(destination), "{destination}");
            assert!(mode.is_none_or(|mode| mode <= 0o7777));
            let members = members();
            let Ok(chosen) = select(&members, ignore, sources) else {
                return;
            };
            for (index, name) in &chosen.items {
                assert!(members[*index].path.ends_with(name));
                assert!(!name.is_empty());
            }
        }
        Action::MakeDirectory(path) => assert!(is_clean(path), "{path}"),
    }
}

/// Whether a path of the guest leads where it says.
fn is_clean(path: &str) -> bool {
    path.starts_with('/') && !path.split('/').any(|part| part == "." || part == "..")
}

fn members() -> Vec<Member> {
    let member = |path: &str| Member {
        path: path.trim_end_matches('/').as_bytes().to_vec(),
        is_directory: path.ends_with('/'),
    };
    CONTEXT.map(member).to_vec()
}
