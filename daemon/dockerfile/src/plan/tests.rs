//! Plans as words: `label=base` in their order, `<-` what is copied from whom.

use proptest::prelude::*;

use super::*;
use crate::{BuildArgs, BuildError, Dockerfile};

fn plan(text: &str, given: &[(&str, &str)], target: Option<&str>) -> Result<Plan, BuildError> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let given = given.iter().map(owned).collect();
    Dockerfile::parse(text).unwrap().plan(&given, target)
}

fn told(plan: &Plan) -> String {
    let of = |at: usize| plan.stages[at].label.as_str();
    let stages = plan.stages.iter().map(|stage| {
        let base = match &stage.base {
            Base::Image(image) => format!("({image})"),
            Base::Scratch => "()".to_owned(),
            Base::Stage(at) => of(*at).to_owned(),
        };
        let sources: Vec<_> = stage.sources.values().map(|at| of(*at)).collect();
        match sources.is_empty() {
            true => format!("{}={base}", stage.label),
            false => format!("{}={base}<-{}", stage.label, sources.join("+")),
        }
    });
    stages.collect::<Vec<_>>().join(" ")
}

const TWO: &str = "FROM gcc AS Build\nRUN make\nFROM debian\nCOPY --from=build /a /a\n";

#[test]
fn a_stage_copies_of_an_earlier_one() {
    let plan = plan(TWO, &[], None).unwrap();
    assert_eq!(told(&plan), "build=(gcc) 1=(debian)<-build");
    assert_eq!(plan.images().collect::<Vec<_>>(), ["gcc", "debian"]);
    // The builder's VM is there until the copy is done, the target's to the end.
    assert!(plan.needs(0, 0) && !plan.needs(0, 1));
    assert!(plan.needs(1, 1));
    assert!(!plan.is_copied_whole(0) && !plan.goes_on(1));
    assert_eq!(plan.root(1), "debian");
}

#[test]
fn only_what_the_target_needs_is_built() {
    let text = "FROM a AS one\nRUN x\nFROM ${NONE} AS bad\nRUN x\nFROM one AS two\nRUN x\n\
                FROM b AS three\nCOPY --from=0 x y\n";
    let told = |target| told(&plan(text, &[], target).unwrap());
    assert_eq!(told(None), "one=(a) three=(b)<-one");
    assert_eq!(told(Some("two")), "one=(a) two=one");
    assert_eq!(told(Some("TWO")), "one=(a) two=one");
    assert_eq!(told(Some("0")), "one=(a)");
    let refused = |target| plan(text, &[], Some(target)).unwrap_err().to_string();
    assert_eq!(
        refused("bad"),
        "line 3: FROM names no image: ${NONE} is empty"
    );
    for target in ["four", "4", "-1", ""] {
        let said = refused(target);
        assert!(said.contains("there are bad, one, three, two"), "{said}");
    }
}

#[test]
fn an_image_that_is_copied_of_is_a_stage() {
    let text = "FROM a\nCOPY --from=img:1 /x /\nCOPY --from=img:1 /y /\nCOPY --from=two /z /\n";
    let plan = plan(text, &[], None).unwrap();
    assert_eq!(told(&plan), "img:1=(img:1) two=(two) 0=(a)<-img:1+two");
}

#[test]
fn a_stage_goes_on_in_the_vm_of_one_that_nobody_else_needs() {
    let of = |text: &str| plan(text, &[], None).unwrap();
    let chain = of("FROM a AS x\nRUN 1\nFROM x AS y\nRUN 2\nFROM y\nRUN 3\n");
    assert_eq!(told(&chain), "x=(a) y=x 2=y");
    assert!(chain.goes_on(1) && chain.goes_on(2));
    assert!(chain.needs(0, 0) && !chain.needs(0, 1) && !chain.is_copied_whole(0));
    assert_eq!(chain.root(2), "a");
    let fork = of("FROM a AS x\nRUN 1\nFROM x AS y\nRUN 2\nFROM x\nCOPY --from=y / /\n");
    assert!(fork.is_copied_whole(0) && !fork.goes_on(1) && !fork.goes_on(2));
    assert!(!fork.needs(0, 0) && fork.needs(1, 1));
    let both = of("FROM a AS x\nRUN 1\nFROM x\nCOPY --from=x /b /c\n");
    assert!(both.is_copied_whole(0) && both.needs(0, 0) && !both.goes_on(1));
}

#[test]
fn a_stage_that_does_nothing_is_its_image() {
    let text = "FROM a AS x\nFROM x AS y\nFROM y\nRUN 1\n";
    assert_eq!(told(&plan(text, &[], None).unwrap()), "2=(a)");
    let text = "FROM a AS x\nFROM b\nCOPY --from=x /1 /1\n";
    assert_eq!(told(&plan(text, &[], None).unwrap()), "x=(a) 1=(b)<-x");
}

#[test]
fn from_sees_arguments_and_the_platform() {
    let text = "ARG V=1\nARG BASE=img:$V\nFROM --platform=$BUILDPLATFORM $BASE AS x\nRUN 1\n\
                FROM y-${TARGETARCH}\nCOPY --from=x / /\n";
    let of = |given: &[(&str, &str)]| told(&plan(text, given, None).unwrap());
    assert_eq!(of(&[]), "x=(img:1) 1=(y-amd64)<-x");
    assert_eq!(of(&[("V", "2")]), "x=(img:2) 1=(y-amd64)<-x");
    // An argument may choose a stage.
    let text = "ARG W=one\nFROM a AS one\nRUN 1\nFROM b AS two\nRUN 2\nFROM $W\nRUN 3\n";
    let of = |given: &[(&str, &str)]| told(&plan(text, given, None).unwrap());
    assert_eq!(of(&[]), "one=(a) 2=one");
    assert_eq!(of(&[("W", "Two")]), "two=(b) 2=two");
}

#[test]
fn a_run_may_need_files_of_a_stage() {
    let text = "FROM a AS x\nRUN 1\nFROM b\nRUN --mount=type=bind,from=x,target=/m \\\n \
                --mount=from=tools,src=/bin,dst=/t make\n";
    let plan = plan(text, &[], None).unwrap();
    assert_eq!(told(&plan), "x=(a) tools=(tools) 1=(b)<-tools+x");
    assert!(plan.needs(0, 1));
}

#[test]
fn nothing_is_a_base_too() {
    let plan = plan(
        "FROM a AS x\nRUN 1\nFROM scratch\nCOPY --from=x / /",
        &[],
        None,
    )
    .unwrap();
    assert_eq!(told(&plan), "x=(a) 1=()<-x");
    assert_eq!(plan.images().collect::<Vec<_>>(), ["a"]);
    assert_eq!(plan.root(1), "scratch");
}

#[test]
fn names_that_mean_nothing_are_told_with_their_line() {
    for (text, said) in [
        (
            "FROM a AS x\nCOPY --from=x / /",
            "line 2: from=x: that is this stage itself",
        ),
        (
            "FROM a\nCOPY --from=x / /\nFROM b AS x",
            "line 2: from=x: that stage comes later",
        ),
        (
            "FROM a\nFROM b\nCOPY --from=1 / /",
            "line 3: from=1: there is no such stage",
        ),
        ("FROM ${A:?no}", "line 1: "),
    ] {
        let target = text.contains("AS x").then_some("0");
        let error = plan(text, &[], target).unwrap_err().to_string();
        assert!(error.starts_with(said), "{text:?}: {error}");
    }
}

#[test]
fn a_build_on_another_image_has_one_stage() {
    let dockerfile = Dockerfile::parse("FROM scratch\nCOPY --from=tools /x /\n").unwrap();
    let single = |of: &Dockerfile| of.plan_single("mine", &BuildArgs::new(), None).unwrap();
    assert_eq!(
        told(&single(&dockerfile).unwrap()),
        "tools=(tools) 0=(mine)<-tools"
    );
    let dockerfile = Dockerfile::parse(TWO).unwrap();
    assert_eq!(single(&dockerfile), None);
}

#[test]
fn arguments_and_variables_go_on_in_a_child() {
    let text = "FROM a AS x\nARG A=1\nENV E=2\nSHELL [\"/bin/bash\", \"-c\"]\nCMD [\"old\"]\n\
                FROM x\nENV F=$A$E\nENTRYPOINT [\"e\"]\nRUN y\n";
    let dockerfile = Dockerfile::parse(text).unwrap();
    let base = banger_api::ImageConfig::default();
    let mut state = crate::State::new(&dockerfile, base, BuildArgs::new()).unwrap();
    for instruction in &dockerfile.stages[0].instructions {
        state.apply(instruction).unwrap();
    }
    let mut child = state.continued();
    let actions = dockerfile.stages[1].instructions.iter();
    let actions: Vec<_> = actions.map(|of| child.apply(of).unwrap()).collect();
    assert_eq!(child.config.env, ["E=2", "F=12"]);
    // The command was for the parent's entry point.
    assert!(child.config.cmd.is_empty());
    let Some(crate::Action::Run(run)) = &actions[2] else {
        panic!("{actions:?}")
    };
    assert_eq!(run.command[0], "/bin/bash");
}

proptest! {
    /// However stages refer to each other: a plan only looks back, ends with its target, and
    /// whoever is needed is there until then.
    #[test]
    fn plans_look_back(stages in prop::collection::vec((0..9_usize, prop::option::of(0..9_usize), any::<bool>()), 1..9)) {
        let mut text = String::new();
        for (number, (base, source, works)) in stages.iter().enumerate() {
            text.push_str(&format!("FROM s{base} AS s{number}\n"));
            if let Some(source) = source {
                text.push_str(&format!("COPY --from=s{source} /a /b\n"));
            }
            if *works {
                text.push_str("RUN x\n");
            }
        }
        let Ok(plan) = plan(&text, &[], None) else { return Ok(()) };
        let last = plan.stages.len() - 1;
        prop_assert_eq!(plan.stages[last].label.clone(), format!("s{}", stages.len() - 1));
        for (at, stage) in plan.stages.iter().enumerate() {
            prop_assert!(stage.sources.values().all(|of| *of < at));
            prop_assert!(stage.sources.values().all(|of| (*of..at).all(|now| plan.needs(*of, now))));
            if let Base::Stage(of) = stage.base {
                prop_assert!(of < at);
                prop_assert!(plan.goes_on(at) != plan.is_copied_whole(of));
                prop_assert!(!plan.goes_on(at) || (of..at).all(|now| plan.needs(of, now)));
            }
            prop_assert!(at == last || !plan.needs(at, last));
            prop_assert!(!plan.root(at).is_empty());
        }
    }
}
