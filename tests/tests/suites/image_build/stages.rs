//! Dockerfiles of several stages.

use std::{fs, time::Duration};

use banger_tests::{Home, needs, residue::eventually, template::TINY};
use serde_json::json;

use super::{assert_nothing_is_left, context};

/// Two stages build on the first, and the last copies of both others.
fn forked() -> String {
    format!(
        "\
ARG BASE={TINY}
FROM ${{BASE}} AS base
ENV WHO=base
RUN mkdir -p /out/deep && echo deep > /out/deep/file && ln -s deep/file /out/link && \\
    echo x > /out/a.bin && chown 7:8 /out/a.bin && chmod 640 /out/a.bin && echo home > /root/seen
FROM base AS Build
RUN echo \"$WHO and more\" > /out/built && touch /only-in-build && cat /root/seen
FROM no-such-image:1 AS unused
RUN false
FROM base
WORKDIR /srv
COPY --from=build out/ .
COPY --from=build /out/link /one
COPY --from=0 /out/*.bin /bins/
COPY --from=build --chown=9 --chmod=600 /out/deep/file /owned
COPY here.txt ./
RUN test ! -e /only-in-build && test -e /out/a.bin && test \"$WHO\" = base
CMD [\"cat\", \"built\"]
"
    )
}

#[test]
fn a_dockerfile_of_several_stages_leaves_the_builders_behind() {
    needs!(vms);
    let home = Home::new();
    let text = forked();
    let directory = context(&home, &[("Dockerfile", &text), ("here.txt", "here")]);
    let line = format!("--dockerfile {}", directory.display());
    let built = home.banger(&format!("image build app {line}")).run().ok();
    let said = built.err();
    assert!(said.contains("build: step 3 of 11: RUN echo"), "{said}");
    let ran = home.banger("vm run --rm --image app").run().ok();
    assert_eq!(ran.out(), "base and more\n");
    let vm = home.boot("app");
    assert_eq!(
        vm.tell("ls -A /srv; cat /srv/deep/file /one /srv/here.txt; readlink /srv/link"),
        "a.bin\nbuilt\ndeep\nhere.txt\nlink\ndeep\ndeep\nheredeep/file"
    );
    assert_eq!(
        vm.tell("stat -c %a:%u:%g /srv/a.bin /bins/a.bin /owned /srv/here.txt"),
        "640:7:8\n640:7:8\n600:9:9\n644:0:0"
    );
    assert_eq!(vm.tell("cat /root/seen"), "home");
    vm.delete();
    assert_nothing_is_left(&home, "");
    let images = home.api().get("/v1/images").ok();
    let names = images["images"].as_array().unwrap().iter();
    assert!(
        names.clone().all(|image| image["names"] != json!([])),
        "{images}"
    );
    // A stage on its own, without those that come after it.
    let line = format!("image build builder {line} --target build");
    home.banger(&line).run().ok();
    let ran = home
        .banger("vm run --rm --image builder -- ls /only-in-build /one")
        .run();
    assert_eq!(ran.ended_with(1).out(), "/only-in-build\n");
    assert_nothing_is_left(&home, "");
}

#[test]
fn what_is_mounted_for_a_command_is_not_in_the_image() {
    needs!(vms);
    let home = Home::new();
    let text = format!(
        "\
FROM {TINY} AS tools
RUN mkdir /t && echo tool > /t/tool
FROM {TINY}
WORKDIR /w
RUN --mount=type=cache,target=/var/lib/kept,uid=7,mode=700 \\
    --mount=type=bind,source=one.txt,target=one.txt \\
    --mount=from=tools,src=/t,dst=/tools,rw --mount=type=tmpfs,target=/srv \\
    stat -c %a:%u /var/lib/kept && echo kept > /var/lib/kept/file && \\
    cat one.txt /tools/tool > seen && touch /tools/lost /srv/lost
RUN test ! -e one.txt && test ! -e /tools && test ! -e /var/lib/kept && test -d /srv
RUN --mount=type=cache,target=/elsewhere,id=/var/lib/kept cat /elsewhere/file >> seen
"
    );
    let directory = context(&home, &[("Dockerfile", &text), ("one.txt", "one\n")]);
    let line = format!("image build mounted --dockerfile {}", directory.display());
    home.banger(&line).run().ok().complaining(&["700:7"]);
    let vm = home.boot("mounted");
    assert_eq!(vm.tell("cat /w/seen"), "one\ntool\nkept");
    let left =
        vm.tell("ls -A /w /srv; ls -dA /.banger* /tools /elsewhere /var/lib/kept 2>/dev/null || :");
    assert_eq!(left, "/srv:\n\n/w:\nseen");
    vm.delete();
    assert_nothing_is_left(&home, "");
}

#[test]
fn a_program_is_all_that_an_image_needs() {
    needs!(vms);
    let home = Home::new();
    let text = format!(
        "FROM {TINY} AS build\nFROM scratch\nCOPY --from=build /bin/busybox /busybox\n\
         ENTRYPOINT [\"/busybox\"]\nCMD [\"ls\", \"/\"]\n"
    );
    let directory = context(&home, &[("Dockerfile", &text)]);
    let line = format!("image build small --dockerfile {}", directory.display());
    home.banger(&line).run().ok();
    let ran = home.banger("vm run --rm --image small").run().ok();
    let said = ran.out();
    let names: Vec<_> = said.lines().collect();
    assert!(
        names.contains(&"busybox") && !names.contains(&"bin"),
        "{names:?}"
    );
    assert_nothing_is_left(&home, "");
}

#[test]
fn a_stage_that_fails_leaves_nothing_of_those_before_it() {
    needs!(vms);
    let home = Home::new();
    let text = format!("FROM {TINY} AS one\nRUN true\nFROM {TINY}\nCOPY --from=one /nonesuch /x\n");
    let directory = context(&home, &[("Dockerfile", &text)]);
    let line = format!("image build broken --dockerfile {}", directory.display());
    let failed = home.banger(&line).run().ended_with(1);
    failed.complaining(&[
        "1: step 2 of 2: COPY --from=one",
        "(line 4)",
        "/nonesuch is not there",
    ]);
    assert_nothing_is_left(&home, "broken");
}

#[test]
fn a_daemon_that_dies_between_stages_leaves_nothing_to_the_next() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let images = || fs::read_dir(home.state().join("images")).unwrap().count();
    let before = images();
    let text = format!(
        "FROM {TINY} AS base\nRUN touch /here\nFROM base AS slow\nRUN echo it runs; sleep 1000\n\
         FROM base\nCOPY --from=slow /x /\nCOPY --from=base /here /y\n"
    );
    let directory = context(&home, &[("Dockerfile", &text)]);
    let line = format!("image build endless --dockerfile {}", directory.display());
    let begin = || {
        let child = home.banger(&line).start();
        eventually("its second stage runs", Duration::from_secs(120), || {
            let operations = home.api().get("/v1/operations").ok()["operations"].clone();
            let mut operations = operations.as_array().unwrap().iter();
            operations.any(|of| of["stage"].as_str().unwrap().starts_with("slow: step 2"))
        });
        // What both build on is an image by now; the first stage is still copied of.
        assert_eq!(
            home.api().get("/v1/vms").ok()["vms"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
        assert_eq!(images(), before + 2);
        child
    };
    let mut child = begin();
    home.kill_daemon();
    child.wait().unwrap();
    home.start_daemon();
    eventually("its VMs are gone", Duration::from_secs(40), || {
        home.api().get("/v1/vms").ok()["vms"] == json!([]) && home.processes().len() <= 1
    });
    assert_nothing_is_left(&home, "endless");
    eventually("its images are gone", Duration::from_secs(20), || {
        images() == before
    });
    // Its client goes away.
    let mut child = begin();
    child.kill().unwrap();
    child.wait().unwrap();
    eventually("all is gone", Duration::from_secs(40), || {
        home.api().get("/v1/vms").ok()["vms"] == json!([]) && images() == before
    });
    assert_nothing_is_left(&home, "endless");
}

#[test]
fn stages_that_mean_nothing_are_refused_before_anything_boots() {
    let home = Home::bare();
    for (text, options, complaints) in [
        (
            "FROM a AS one\nFROM b\n",
            "--target two",
            ["there is no stage two", "there are one"],
        ),
        (
            "FROM a\nCOPY --from=late /x /\nFROM b AS late\nCOPY --from=0 /x /\n",
            "",
            ["line 2: from=late", "comes later"],
        ),
        (
            "FROM a AS one\nRUN x\nFROM b\nCOPY --from=one /x /\n",
            "--from c",
            ["one stage only", "ARG"],
        ),
    ] {
        let directory = context(&home, &[("Dockerfile", text)]);
        let line = format!(
            "image build no --dockerfile {} {options}",
            directory.display()
        );
        home.banger(&line)
            .run()
            .ended_with(1)
            .complaining(&complaints);
    }
}
