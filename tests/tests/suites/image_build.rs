//! Images that are built in VMs: by scripts, by Dockerfiles; and that nothing is left of builds
//! that fail, are interrupted, or lose their daemon.

use std::{fs, path::PathBuf, process::Child, time::Duration};

use banger_tests::{Home, needs, residue::eventually, template::TINY};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};

/// A context of these files.
fn context(home: &Home, files: &[(&str, &str)]) -> PathBuf {
    let directory = home.scratch().join("context");
    let _ = fs::remove_dir_all(&directory);
    for (name, text) in files {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn image_names(home: &Home) -> Vec<String> {
    let images = home.api().get("/v1/images").ok();
    let names = images["images"].as_array().unwrap().iter();
    names
        .map(|image| image["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Nothing of a build is there: no VM, no machine, no half-made image.
#[track_caller]
fn assert_nothing_is_left(home: &Home, image: &str) {
    assert_eq!(home.api().get("/v1/vms").ok()["vms"], json!([]));
    eventually("its files are gone", Duration::from_secs(20), || {
        home.vm_directories().is_empty()
    });
    assert_eq!(home.unfinished(), Vec::<PathBuf>::new());
    let names = image_names(home);
    assert!(!names.iter().any(|name| name == image), "{names:?}");
}

#[test]
fn a_script_makes_an_image() {
    needs!(vms);
    let home = Home::new();
    let script = home.scratch().join("setup.sh");
    fs::write(
        &script,
        "echo hello from the script\necho made > /made\necho mine > ~/mine\n",
    )
    .unwrap();
    let line = format!(
        "image build scripted --from {TINY} --script {}",
        script.display()
    );
    let built = home.banger(&line).run().ok();
    built.complaining(&["hello from the script", "image scripted can be used"]);
    let ran = home
        .banger("vm run --rm --image scripted -- cat /made /root/mine")
        .run()
        .ok();
    assert_eq!(ran.out(), "made\nmine\n");
    // The name is taken now, and can be taken over.
    home.banger(&line)
        .run()
        .ended_with(1)
        .complaining(&["is there already", "--replace"]);
    fs::write(
        &script,
        "#!/bin/sh\nset -e\ntest -e /bin/sh\necho anew > /made\n",
    )
    .unwrap();
    home.banger(&format!("{line} --replace")).run().ok();
    let ran = home
        .banger("vm run --rm --image scripted -- cat /made")
        .run()
        .ok();
    assert_eq!(ran.out(), "anew\n");
    let shown = home.banger("image show scripted -o json").run().ok().json();
    assert_eq!(shown["source"], json!({ "type": "build", "from": TINY }));
    let names = shown["users"].as_array().unwrap();
    assert!(names.contains(&json!("root")), "{shown}");
    assert_nothing_is_left(&home, "");
}

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
            "FROM a AS b\nFROM c\n",
            ["line 2: a second FROM", "supported are FROM"],
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
fn a_large_home_is_kept_for_new_vms() {
    needs!(vms, "resize2fs");
    let home = Home::new();
    home.start_daemon();
    let script = home.scratch().join("large.sh");
    let text = "mkdir ~/d\ndd if=/dev/urandom of=/root/d/blob bs=1M count=32 2>/dev/null\n\
                echo small > ~/d/text\nchmod 750 ~/d\n";
    fs::write(&script, text).unwrap();
    let line = format!(
        "image build large --from {TINY} --script {}",
        script.display()
    );
    home.banger(&line).run().ok();
    let shown = home.api().get("/v1/images/large").ok();
    let directory = home
        .state()
        .join("images")
        .join(shown["id"].as_str().unwrap());
    let seed = directory.join("work-seed.ext4");
    assert!(seed.exists());
    let full = seed.metadata().unwrap().len();
    for mib in [1024, 2048, 3072] {
        let vm = home.create(&json!({ "image": "large", "disk_mib": mib }));
        let script =
            "cat d/text; stat -c %a d; stat -c %s d/blob; df -k . | tail -1 | awk '{print $2}'";
        let said = vm.tell(&format!("cd /root; {script}"));
        let (files, kib) = said.rsplit_once('\n').unwrap();
        assert_eq!(files, "small\n750\n33554432");
        let (kib, wanted) = (kib.parse::<u64>().unwrap(), mib * 1024);
        assert!(
            (wanted * 8 / 10..=wanted).contains(&kib),
            "{kib} KiB of {mib} MiB"
        );
        let console = fs::read_to_string(home.state().join("vms").join(&vm.id).join("console.log"));
        assert!(!console.unwrap().contains("filling the new home disk"));
        vm.delete();
    }
    assert_eq!(seed.metadata().unwrap().len(), full);
    home.banger("image delete large").run().ok();
    eventually("it goes with its image", Duration::from_secs(10), || {
        !directory.exists()
    });
}

/// Begins a build that never ends, and waits until its step runs.
fn endless(home: &Home) -> Child {
    let script = home.scratch().join("endless.sh");
    fs::write(&script, "echo it runs\nsleep 1000\n").unwrap();
    let line = format!(
        "image build endless --from {TINY} --script {}",
        script.display()
    );
    let child = home.banger(&line).start();
    eventually("its step runs", Duration::from_secs(120), || {
        let listed = home
            .api()
            .try_send("GET", "/v1/operations", None, Vec::new());
        let Ok(listed) = listed else { return false };
        let operations = listed.json()["operations"].clone();
        let is_it = |operation: &Value| {
            let stage = operation["stage"].as_str().unwrap_or_default();
            stage.starts_with("running endless.sh")
        };
        operations
            .as_array()
            .is_some_and(|all| all.iter().any(is_it))
    });
    child
}

#[test]
fn an_interrupted_build_leaves_nothing() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let mut child = endless(&home);
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_nothing_is_left(&home, "endless");
    // Its client may also be gone without a word.
    let mut child = endless(&home);
    child.kill().unwrap();
    child.wait().unwrap();
    eventually("its VM is gone", Duration::from_secs(40), || {
        home.api().get("/v1/vms").ok()["vms"] == json!([]) && home.unfinished().is_empty()
    });
    assert_nothing_is_left(&home, "endless");
}

#[test]
fn a_daemon_that_dies_in_a_build_leaves_nothing_to_the_next() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let mut child = endless(&home);
    home.kill_daemon();
    child.wait().unwrap();
    home.start_daemon();
    eventually("its VM is gone", Duration::from_secs(40), || {
        home.api().get("/v1/vms").ok()["vms"] == json!([]) && home.processes().len() <= 1
    });
    assert_nothing_is_left(&home, "endless");
    // One that is told to stop waits for that.
    let mut child = endless(&home);
    home.terminate_daemon();
    child.wait().unwrap();
    assert!(home.processes().is_empty(), "{:?}", home.processes());
    home.start_daemon();
    assert_nothing_is_left(&home, "endless");
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
