//! Images that Dockerfiles make.

use std::time::Duration;

use banger_tests::{Home, needs, residue::eventually, template::TINY, web::serve};
use serde_json::json;

use super::{assert_nothing_is_left, context, image_names};

#[test]
fn a_dockerfile_makes_an_image_that_runs_as_it_says() {
    needs!(vms);
    let home = Home::new();
    let dockerfile = "\
ARG BASE=nothing
FROM ${BASE}
ARG WHO=nobody
ENV GREETING=\"hello $WHO\"
# What is copied.
WORKDIR /srv/app
COPY --chmod=755 bin/greet.sh /usr/local/bin/greet
COPY data *.txt ./
COPY --chown=7:8 one.txt /srv/renamed
COPY <<END /etc/made
value=$WHO
END
RUN echo \"$WHO\" > who && \\
    test \"$PWD\" = /srv/app
RUN [\"touch\", \"/exec form\"]
LABEL purpose=test
EXPOSE 80
USER 7
CMD [\"greet\", \"$GREETING\"]
ENTRYPOINT [\"/bin/sh\", \"/usr/local/bin/greet\"]
";
    let directory = context(
        &home,
        &[
            ("Dockerfile", dockerfile),
            (".dockerignore", "secret*\n**/*.tmp\n"),
            (
                "bin/greet.sh",
                "echo $GREETING from $(pwd) as $(id -u): $*\n",
            ),
            ("one.txt", "1"),
            ("secret.txt", "no"),
            ("data/deep/file", "deep"),
            ("data/x.tmp", "no"),
        ],
    );
    let line = format!(
        "image build app --dockerfile {} --build-arg BASE={TINY} --build-arg WHO=kim",
        directory.display()
    );
    home.banger(&line).run().ok();
    let ran = home.banger("vm run --rm --image app").run().ok();
    assert_eq!(ran.out(), "hello kim from /srv/app as 7: greet $GREETING\n");
    let vm = home.boot("app");
    assert_eq!(vm.tell("ls -A /srv/app"), "deep\none.txt\nwho");
    assert_eq!(
        vm.tell("cat /srv/app/deep/file /srv/app/who /etc/made"),
        "deepkim\nvalue=kim"
    );
    assert_eq!(vm.tell("stat -c %u:%g /srv/renamed"), "7:8");
    assert_eq!(vm.tell("stat -c %a:%u /usr/local/bin/greet"), "755:0");
    assert_eq!(vm.tell("ls '/exec form'"), "/exec form");
    let shown = home.banger("image show app -o json").run().ok().json();
    assert_eq!(shown["config"]["labels"]["purpose"], "test");
    vm.delete();
    assert_nothing_is_left(&home, "");
}

#[test]
fn a_step_that_fails_is_named_and_leaves_nothing() {
    needs!(vms);
    let home = Home::new();
    let text =
        format!("FROM {TINY}\nRUN true\nRUN echo so far; ls /nonesuch; exit 7\nRUN echo never\n");
    let directory = context(&home, &[("Dockerfile", &text)]);
    let line = format!("image build broken --dockerfile {}", directory.display());
    let failed = home.banger(&line).run().ended_with(1);
    let failed = failed.complaining(&[
        "step 2 of 3: RUN echo so far",
        "(line 3)",
        "exit code 7",
        "so far",
        "/nonesuch",
    ]);
    assert!(!failed.err().contains("step 3"), "{}", failed.err());
    assert_nothing_is_left(&home, "broken");
    // Copies of what is not there, too.
    let directory = context(
        &home,
        &[("Dockerfile", &format!("FROM {TINY}\nCOPY none /\n"))],
    );
    let line = format!("image build broken --dockerfile {}", directory.display());
    home.banger(&line)
        .run()
        .ended_with(1)
        .complaining(&["step 1 of 1: COPY none /", "not in the context"]);
    assert_nothing_is_left(&home, "broken");
}

#[test]
fn what_cannot_be_built_is_refused_before_anything_boots() {
    let home = Home::bare();
    for (text, complaints) in [
        (
            "FROM tiny\nVOLUME /x\n",
            ["line 2: VOLUME is not supported", "supported are FROM"],
        ),
        (
            "FROM a\nRUN --mount=type=secret,id=x x\n",
            [
                "line 2: RUN --mount=type=secret is not supported",
                "supported are FROM",
            ],
        ),
        (
            "RUN x\n",
            ["line 1: only ARG may stand before FROM", "error"],
        ),
    ] {
        let directory = context(&home, &[("Dockerfile", text)]);
        let line = format!("image build no --dockerfile {}", directory.display());
        home.banger(&line)
            .run()
            .ended_with(1)
            .complaining(&complaints);
    }
    home.banger("image build no --dockerfile nowhere")
        .run()
        .ended_with(2)
        .complaining(&["is not there"]);
    home.banger("image build no --script x").run().ended_with(2);
    home.banger("image build no").run().ended_with(2);
    let upload = |path: &str, bytes: Vec<u8>| home.api().upload("POST", path, bytes);
    upload("/v1/images/build?name=no", b"no tar".repeat(200)).refused(422, "bad_archive");
    upload("/v1/images/build?name=no", Vec::new()).refused(422, "invalid_value");
    upload("/v1/images/build?name=no&script=x", Vec::new()).refused(422, "invalid_value");
    assert_eq!(
        home.api().get("/v1/operations").ok()["operations"],
        json!([])
    );
}

#[test]
fn a_build_with_curl_alone() {
    needs!(vms, "curl", "tar");
    let home = Home::new();
    home.start_daemon();
    let directory = context(
        &home,
        &[("Dockerfile", &format!("FROM {TINY}\nRUN echo by curl\n"))],
    );
    let script = format!(
        "set -e; tar -C {} -c . | curl -sSf --unix-socket {} -H 'content-type: application/octet-stream' \
         --data-binary @- 'http://banger/v1/images/build?name=curled&memory_mib=256' > operation; \
         id=$(sed 's/.*\"id\":\"\\([0-9a-f]*\\)\".*/\\1/' operation); \
         curl -sSfN --unix-socket {} http://banger/v1/operations/$id/output",
        directory.display(),
        home.socket().display(),
        home.socket().display(),
    );
    let said = banger_tests::Banger::call("sh")
        .args(["-c", &script])
        .dir(&home.scratch())
        .run()
        .ok();
    assert!(
        said.out()
            .contains("==> step 1 of 1: RUN echo by curl\nby curl\n"),
        "{}",
        said.out()
    );
    eventually("it is there", Duration::from_secs(30), || {
        image_names(&home).contains(&"curled".to_owned())
    });
}

#[test]
fn add_fetches_a_file_and_verifies_it() {
    needs!(vms);
    let home = Home::new();
    let base = serve(vec![("/files/page.txt", b"fetched\n".to_vec())]);
    let sum = banger_tests::registry::Blob::new("", b"fetched\n".to_vec()).digest;
    let build = |lines: &str| {
        let text = format!("FROM {TINY}\nARG NAME=page\n{lines}\n");
        let directory = context(&home, &[("Dockerfile", &text)]);
        let line = format!("image build added --dockerfile {}", directory.display());
        home.banger(&line).run()
    };
    for (line, complaints) in [
        (
            format!(
                "ADD --checksum=sha256:{} {base}/files/page.txt /x",
                "0".repeat(64)
            ),
            ["page.txt has the sha256", &sum[7..]],
        ),
        (
            format!("ADD {base}/none /x"),
            ["step 2 of 2: ADD http://", "404"],
        ),
        (
            format!("ADD {base}/files/ /x/"),
            ["step 2 of 2: ADD", "404"],
        ),
    ] {
        build(&line).ended_with(1).complaining(&complaints);
        assert_nothing_is_left(&home, "added");
    }
    let lines = format!(
        "ADD --checksum={sum} {base}/files/$NAME.txt /srv/got/\n\
         ADD --chown=7 --chmod=644 {base}/files/page.txt /srv/renamed"
    );
    build(&lines).ok();
    let ran = home
        .banger("vm run --rm --image added -- sh -c")
        .args(["cat /srv/got/page.txt; stat -c %a:%u /srv/got/page.txt /srv/renamed"])
        .run();
    assert_eq!(ran.ok().out(), "fetched\n600:0\n644:7\n");
    assert_nothing_is_left(&home, "");
}
