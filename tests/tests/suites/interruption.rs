//! Clients that are interrupted, or die, while a VM is made or runs something for them.

use std::time::Duration;

use banger_tests::{Home, needs, residue::eventually};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;

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
    // Nobody is there to delete it: it goes with its command's end, or when it is stopped.
    home.banger("vm stop single").run();
    eventually("it is gone", Duration::from_secs(60), || {
        home.api().get("/v1/vms/single").status == 404
    });
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
