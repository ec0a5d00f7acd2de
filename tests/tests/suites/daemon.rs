//! The daemon itself: crashes, rivals, sockets, and requests that are none.

use std::{
    fs,
    io::{Read, Write},
    os::unix::{
        fs::PermissionsExt,
        net::{UnixListener, UnixStream},
    },
    time::Duration,
};

use banger_tests::{Banger, Home, needs, residue::eventually, template::TINY};
use serde_json::{Value, json};

#[test]
fn a_vm_outlives_a_killed_daemon_and_is_usable_after_the_next_command() {
    needs!(vms);
    let home = Home::new();
    let vm = home
        .start_daemon()
        .create(&json!({ "image": TINY, "name": "box" }));
    let boot = vm.tell("echo kept > /tmp/kept; cat /proc/sys/kernel/random/boot_id");
    let pid = vm.show()["vmm_pid"].clone();
    home.kill_daemon();
    // The command line starts the next daemon.
    let ran = home
        .banger("vm exec box -- cat /tmp/kept /proc/sys/kernel/random/boot_id")
        .run()
        .ok();
    assert_eq!(ran.out(), format!("kept\n{boot}\n"));
    assert_eq!(vm.show()["vmm_pid"], pid);
    home.banger("vm stop box").run().ok();
    home.banger("vm start box").run().ok();
    home.banger("vm delete -f box").run().ok();
}

#[test]
fn a_vm_outlives_a_stopped_daemon_too() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    let boot = vm.tell("cat /proc/sys/kernel/random/boot_id");
    home.stop_daemon();
    assert!(!home.socket().exists());
    home.start_daemon();
    assert_eq!(vm.tell("cat /proc/sys/kernel/random/boot_id"), boot);
}

#[test]
fn a_vm_that_died_meanwhile_is_found_stopped() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    let pid = vm.show()["vmm_pid"].as_i64().unwrap();
    home.kill_daemon();
    let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
    home.start_daemon();
    assert_eq!(vm.state(), "stopped");
    vm.act("start");
    assert_eq!(vm.tell("echo back"), "back");
}

#[test]
fn a_creation_cut_short_by_a_crash_leaves_nothing() {
    needs!(vms);
    let home = Home::new();
    for wait in [5, 40, 150, 600, 1500] {
        home.start_daemon();
        home.api().post("/v1/vms", &json!({ "image": TINY })).ok();
        std::thread::sleep(Duration::from_millis(wait));
        home.kill_daemon();
        home.start_daemon();
        eventually("no record is left", Duration::from_secs(20), || {
            home.api().get("/v1/vms").ok()["vms"] == json!([])
        });
        eventually("no file is left", Duration::from_secs(20), || {
            home.vm_directories().is_empty()
        });
        let machines = || {
            let mut processes = home.processes();
            processes.retain(|process| !process.command.contains("bangerd"));
            processes
        };
        eventually("no process is left", Duration::from_secs(20), || {
            machines().is_empty()
        });
        home.stop_daemon();
    }
}

#[test]
fn an_import_cut_short_by_a_crash_leaves_nothing() {
    needs!(vms, "curl");
    let home = Home::new();
    home.start_daemon();
    let mut curl = std::process::Command::new("curl")
        .args(["-sS", "-X", "POST", "-T", "-", "--unix-socket"])
        .arg(home.socket())
        .args(["-H", "content-type: application/octet-stream"])
        .arg("http://banger/v1/images/import?name=cut")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let tar = banger_tests::archive::busybox();
    let mut stdin = curl.stdin.take().unwrap();
    stdin.write_all(&tar[..1 << 20]).unwrap();
    eventually("it is being made", Duration::from_secs(20), || {
        !home.unfinished().is_empty()
    });
    home.kill_daemon();
    drop(stdin);
    curl.wait().unwrap();
    home.start_daemon();
    assert_eq!(home.unfinished(), Vec::<std::path::PathBuf>::new());
    home.api()
        .get("/v1/images/cut")
        .refused(404, "image_not_found");
    // The name is free.
    home.api()
        .upload("POST", "/v1/images/import?name=cut", tar)
        .ok();
}

#[test]
fn a_second_daemon_is_refused_and_the_first_goes_on() {
    needs!(vms);
    let home = Home::bare();
    home.start_daemon();
    let said = home.try_start_daemon().unwrap_err();
    assert!(said.contains("bangerd:"), "{said}");
    home.api().get("/v1/status").ok();
    assert!(home.socket().exists());
}

#[test]
fn only_its_owner_may_use_the_socket() {
    needs!(vms, "curl", "setpriv");
    let home = Home::bare();
    home.start_daemon();
    let mode = fs::metadata(home.socket()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let stranger = |home: &Home| {
        Banger::call("setpriv")
            .args([
                "--reuid=65534",
                "--clear-groups",
                "curl",
                "-s",
                "--unix-socket",
            ])
            .args([home.socket()])
            .args(["http://banger/v1/status"])
            .run()
    };
    assert_ne!(stranger(&home).code(), 0);
    // Where the mode does not keep strangers out, their credentials do.
    fs::set_permissions(home.socket(), fs::Permissions::from_mode(0o666)).unwrap();
    let refused = stranger(&home);
    assert!(
        refused.out().contains("peer_not_allowed") || refused.code() != 0,
        "{refused:?}"
    );
    assert!(!refused.out().contains("api_version"), "{refused:?}");
}

#[test]
fn a_socket_that_is_not_ours_is_left_alone() {
    needs!(vms);
    let home = Home::bare();
    let listener = UnixListener::bind(home.socket()).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"220 some mail server\r\n");
        }
    });
    home.banger("vm list").run().ended_with(1);
    let said = home
        .try_start_daemon()
        .map(|mut child| child.kill())
        .unwrap_err();
    assert!(said.contains("banger.sock"), "{said}");
    // It still answers.
    let mut stream = UnixStream::connect(home.socket()).unwrap();
    stream.write_all(b"HELO\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("220"));
    fs::remove_file(home.socket()).unwrap();

    // A file in its place is not removed either.
    fs::write(home.socket(), "precious").unwrap();
    home.try_start_daemon()
        .map(|mut child| child.kill())
        .unwrap_err();
    assert_eq!(fs::read_to_string(home.socket()).unwrap(), "precious");
    fs::remove_file(home.socket()).unwrap();
}

#[test]
fn a_socket_that_a_crash_left_is_taken_over() {
    needs!(vms);
    let home = Home::bare();
    home.start_daemon();
    home.kill_daemon();
    assert!(home.socket().exists());
    home.start_daemon();
    home.api().get("/v1/status").ok();
}

#[test]
fn bodies_that_are_no_json_or_too_much_are_refused() {
    needs!("curl");
    let home = Home::bare();
    home.start_daemon();
    let api = home.api();
    let send = |content_type: &str, body: &str| {
        api.send(
            "POST",
            "/v1/vms",
            Some(content_type),
            body.as_bytes().to_vec(),
        )
    };
    send("application/json", "{ not json").refused(400, "bad_request");
    send("application/json", "[]").refused(400, "bad_request");
    send("application/json", "").refused(400, "bad_request");
    send("text/plain", "{}").refused(415, "unsupported_media_type");
    let deep = format!(
        "{{\"name\": {}1{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    send("application/json", &deep).refused(400, "bad_request");

    // A gibibyte, with its length told and without.
    let large = home.scratch().join("large");
    fs::File::create(&large).unwrap().set_len(1 << 30).unwrap();
    for how in ["-T \"$1\"", "-T - < \"$1\""] {
        let script = format!(
            "curl -sS -X POST --unix-socket \"$0\" -H 'content-type: application/json' \
                -H 'expect:' -w '\\n%{{http_code}}' http://banger/v1/vms {how}"
        );
        let refused = Banger::call("bash")
            .args(["-c", &script])
            .args([home.socket(), large.clone()])
            .run();
        let text = refused.out();
        assert!(text.ends_with("\n413"), "{how}: {refused:?}");
        let problem: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(problem["code"], "too_large");
    }
    let pid = home.daemon_pid().unwrap();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let peak = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let peak: u64 = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(peak < 100 * 1024, "the daemon took {peak} KiB");
}

#[test]
fn paths_and_methods_that_do_not_exist_are_told_apart() {
    let home = Home::bare();
    home.start_daemon();
    let api = home.api();
    api.get("/v1/nothing").refused(404, "no_such_endpoint");
    api.get("/").refused(404, "no_such_endpoint");
    let problem = api.delete("/v1/vms").refused(405, "method_not_allowed");
    assert!(
        problem["detail"].as_str().unwrap().contains("POST"),
        "{problem}"
    );
    api.get("/v1/operations/nothing")
        .refused(404, "operation_not_found");
    let document = api.get("/v1/openapi.json").ok();
    assert!(
        document["openapi"].as_str().unwrap().starts_with("3.1"),
        "{document}"
    );
}

#[test]
fn the_command_line_starts_and_stops_it() {
    let home = Home::bare();
    home.banger("daemon status").run();
    assert!(!home.socket().exists(), "a question started a daemon");
    assert_eq!(
        home.banger("daemon socket").run().ok().out().trim(),
        home.socket().to_str().unwrap()
    );
    home.banger("vm list").run().ok();
    let status = home.banger("daemon status -o json").run().ok().json();
    assert_eq!(
        status["pid"]
            .as_i64()
            .map(|pid| i32::try_from(pid).unwrap()),
        home.daemon_pid()
    );
    home.banger("daemon stop").run().ok();
    assert!(home.daemon_pid().is_none() && !home.socket().exists());
    // Ten at once start one.
    let calls: Vec<_> = (0..10).map(|_| home.banger("vm list").start()).collect();
    for mut call in calls {
        assert!(call.wait().unwrap().success());
    }
    let mut daemons = home.processes();
    daemons.retain(|process| process.command.contains("bangerd"));
    assert_eq!(daemons.len(), 1, "{daemons:?}");
}
