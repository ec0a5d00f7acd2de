//! Clients that are interrupted, or die, while a VM is made or runs something for them.

use std::time::Duration;

use banger_tests::{Home, needs, residue::eventually, template::DEBIAN};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;

/// Whether a moment of a VM's making has come.
type Moment = fn(&Home) -> bool;

#[test]
fn an_interrupted_creation_leaves_nothing() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    for wait in [300, 1500] {
        let mut child = home
            .banger("vm run --rm --image tiny -- sleep 1000")
            .start();
        std::thread::sleep(Duration::from_millis(wait));
        kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "after {wait} ms");
        eventually("nothing is left", Duration::from_secs(30), || {
            home.api().get("/v1/vms").ok()["vms"] == json!([]) && home.vm_directories().is_empty()
        });
    }
}

#[test]
fn a_killed_client_leaves_no_vm_of_a_single_run() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let mut child = home
        .banger("vm run --rm --name single --image tiny -- sleep 1000")
        .start();
    eventually("it runs", Duration::from_secs(90), || {
        let reply = home.api().get("/v1/vms/single");
        reply.status == 200 && reply.json()["state"] == "running"
    });
    std::thread::sleep(Duration::from_secs(1));
    child.kill().unwrap();
    child.wait().unwrap();
    // Nobody is there to delete it but the daemon.
    eventually("it is gone", Duration::from_secs(40), || {
        home.api().get("/v1/vms/single").status == 404
    });
    assert!(home.vm_directories().is_empty());
}

#[test]
fn a_reader_that_goes_away_ends_the_command() {
    needs!(vms);
    let home = Home::new();
    home.banger("vm create --name box --image tiny").run().ok();
    let mut child = home.banger("vm exec box -- yes still-here").start();
    std::thread::sleep(Duration::from_secs(1));
    drop(child.stdout.take());
    eventually("the client ends", Duration::from_secs(30), || {
        child.try_wait().unwrap().is_some()
    });
    eventually("the command ends", Duration::from_secs(30), || {
        let ran = home
            .banger("vm exec box -- sh -c")
            .args(["ps | grep -c '[s]till-here'"])
            .run();
        ran.out().trim() == "0"
    });
}

#[test]
fn binary_input_goes_in_and_comes_out_of_a_single_run() {
    needs!(vms);
    let home = Home::new();
    let every_byte: Vec<u8> = (0..=255).cycle().take(3_000_000).collect();
    let ran = home
        .banger("vm run --rm --image tiny -- cat")
        .input(every_byte.clone())
        .run()
        .ok();
    assert!(ran.stdout == every_byte, "{} bytes came", ran.stdout.len());
}

#[test]
fn a_stalled_import_ends_when_it_is_cancelled() {
    needs!("curl");
    let home = Home::bare();
    home.start_daemon();
    let mut curl = std::process::Command::new("curl")
        .args(["-sS", "-X", "POST", "-T", "-", "--unix-socket"])
        .arg(home.socket())
        .args(["-H", "content-type: application/octet-stream"])
        .arg("http://banger/v1/images/import?name=stalled")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let tar = banger_tests::archive::busybox();
    let mut stdin = curl.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, &tar[..1 << 20]).unwrap();
    eventually("it is being made", Duration::from_secs(20), || {
        !home.unfinished().is_empty()
    });
    let listed = home.api().get("/v1/operations").ok();
    let id = listed["operations"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/operations/{id}");
    home.api().post(&format!("{path}/cancel"), &json!({})).ok();
    // Its client is there all the time, and sends nothing.
    eventually("it has ended", Duration::from_secs(10), || {
        home.api().get(&path).ok()["state"] == "cancelled"
    });
    assert!(home.unfinished().is_empty());
    drop(stdin);
    let said = curl.wait_with_output().unwrap().stdout;
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("\"cancelled\""), "{said}");
}

#[test]
fn a_daemon_that_is_told_to_stop_undoes_what_it_is_making() {
    needs!(vms);
    let home = Home::new();
    let moments: [(&str, Moment); 3] = [
        ("it was asked for", |_| true),
        ("it is being started", |home| {
            home.api().get("/v1/vms").ok()["vms"][0]["state"] == "starting"
        }),
        ("its machine runs", |home| {
            let processes = home.processes();
            processes.iter().any(|of| of.command.contains("qemu"))
        }),
    ];
    for (moment, is_now) in moments {
        home.start_daemon();
        home.api().post("/v1/vms", &json!({ "image": "tiny" })).ok();
        eventually(moment, Duration::from_secs(30), || is_now(&home));
        home.terminate_daemon();
        assert!(!home.socket().exists());
        let left = home.vm_directories();
        assert!(left.is_empty(), "when {moment}: {left:?}");
        let running = home.processes();
        assert!(running.is_empty(), "when {moment}: {running:?}");
    }
    home.start_daemon();
    assert_eq!(home.api().get("/v1/vms").ok()["vms"], json!([]));
}

#[test]
fn a_vm_whose_first_boot_was_stopped_outlives_a_crash() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let request = json!({ "image": "tiny", "name": "box" });
    home.api().post("/v1/vms", &request).ok();
    eventually("it is being started", Duration::from_secs(30), || {
        home.api().get("/v1/vms/box").json()["state"] == "starting"
    });
    home.api()
        .post("/v1/vms/box/stop?wait=true", &json!({}))
        .ok();
    home.kill_daemon();
    home.start_daemon();
    assert_eq!(home.api().get("/v1/vms/box").ok()["state"], "stopped");
    let ran = home.banger("vm start box").run();
    ran.ok();
    let said = home.banger("vm exec box -- echo here").run().ok().out();
    assert_eq!(said, "here\n");
}

#[test]
fn a_crash_of_the_daemon_and_its_machines_at_once_is_recovered_from() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let vm = home.create(&json!({ "image": "tiny", "name": "box" }));
    vm.tell("echo kept > /root/kept; sync");
    // As where the host's power is cut.
    for process in home.processes() {
        let _ = kill(Pid::from_raw(process.pid), Signal::SIGKILL);
    }
    home.await_daemons_end();
    home.start_daemon();
    assert_eq!(vm.state(), "stopped");
    vm.act("start");
    assert_eq!(vm.tell("cat /root/kept"), "kept");
}

#[test]
fn an_image_that_is_being_made_anew_serves_meanwhile() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let pull = json!({ "name": DEBIAN, "force": true });
    let pulling = home.api().post("/v1/images/pull", &pull).ok();
    eventually("mmdebstrap runs", Duration::from_secs(60), || {
        let processes = home.processes();
        // `setpriv` becomes `unshare`, and that waits for the end of its child.
        let waits = |command: &str| {
            ["setpriv", "unshare"]
                .iter()
                .any(|of| command.starts_with(of))
        };
        let mut runs = false;
        for process in processes {
            if process.command.contains("mmdebstrap") && !waits(&process.command) {
                // However long a VM takes, it is not done before.
                runs |= kill(Pid::from_raw(process.pid), Signal::SIGSTOP).is_ok();
            }
        }
        runs
    });
    let vm = home.boot(DEBIAN);
    assert_eq!(vm.tell("echo here"), "here");
    let path = format!("/v1/operations/{}", pulling["id"].as_str().unwrap());
    home.api().post(&format!("{path}/cancel"), &json!({})).ok();
    eventually("the pull has ended", Duration::from_secs(60), || {
        home.api().get(&path).ok()["state"] != "running"
    });
    assert!(home.unfinished().is_empty());
    // What it had to replace is still there, for this one and for the next.
    vm.act("restart");
    assert_eq!(vm.tell("echo still here"), "still here");
}
