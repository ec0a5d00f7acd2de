//! Builds that do not come to their end leave nothing.

use std::{fs, process::Child, time::Duration};

use banger_tests::{Home, needs, residue::eventually, template::TINY};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};

use super::assert_nothing_is_left;

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
