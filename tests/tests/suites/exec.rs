//! Commands in a VM, through the API's events: exact output, exact ends.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use banger_tests::{Home, Ran, needs, residue::eventually, template::TINY};
use serde_json::json;

#[test]
fn output_errors_and_exit_code_come_back_exactly() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);

    let ran = vm.sh("echo out; echo err >&2; printf end; exit 7");
    assert_eq!(ran.out(), "out\nend");
    assert_eq!(ran.err(), "err\n");
    assert_eq!(ran.code, Some(7));

    // All 256 bytes, in both streams; none of them is text.
    let every_byte: Vec<u8> = (0..=255).collect();
    let script = "i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %o $i)\"; i=$((i+1)); done";
    let ran = vm.sh(&format!("{script}; {script} >&2"));
    assert_eq!(ran.stdout, every_byte);
    assert_eq!(ran.stderr, every_byte);

    for code in [0, 1, 2, 125, 255] {
        assert_eq!(vm.sh(&format!("exit {code}")).code, Some(code));
    }
}

#[test]
fn a_signal_ends_a_command_with_128_and_its_number() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    for (name, number) in [("KILL", 9), ("TERM", 15), ("SEGV", 11)] {
        let ran = vm.sh(&format!("kill -{name} $$"));
        assert_eq!((ran.code, ran.signal), (Some(128 + number), Some(number)));
    }
}

#[test]
fn variables_directory_and_user_are_as_asked_for() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);

    assert_eq!(
        vm.tell("id -u; pwd; echo $HOME $USER"),
        "0\n/root\n/root root"
    );
    let ran = vm.exec(&json!({
        "command": ["sh", "-c", "id -un; id -gn; id -Gn; pwd; echo \"$HOME|$ODD\""],
        "user": "worker",
        "env": { "ODD": "a=b \n'c'" },
    }));
    let expected = "worker\nworker\nworker helpers\n/home/worker\n/home/worker|a=b \n'c'\n";
    assert_eq!(ran.out(), expected, "{}", ran.err());
    let ran = vm.exec(&json!({
        "command": ["sh", "-c", "id -u; id -g; pwd"],
        "user": "4242:2000",
        "working_dir": "/tmp",
    }));
    assert_eq!(ran.out(), "4242\n2000\n/tmp\n");

    let nobody = json!({ "command": ["true"], "user": "nobody-at-all" });
    let refused = home.api().post(&vm.path("/exec"), &nobody);
    assert!(
        refused.text().contains("nobody-at-all"),
        "{}",
        refused.text()
    );
    assert!(
        refused.text().contains("\"user_not_found\""),
        "{}",
        refused.text()
    );
    // A user who is missing is not a command that is.
    for user in ["nobody-at-all", "root:no-such-group"] {
        home.banger(&format!("vm exec --user {user} {} -- true", vm.id))
            .run()
            .ended_with(126)
            .complaining(&["the guest has no", "/etc/passwd"]);
    }
    let nowhere = json!({ "command": ["true"], "working_dir": "/no/where" });
    let refused = home.api().post(&vm.path("/exec"), &nowhere);
    assert!(refused.text().contains("/no/where"), "{}", refused.text());
    assert!(
        refused.text().contains("\"working_dir_not_found\""),
        "{}",
        refused.text()
    );
    // A directory that is missing is not a command that is.
    home.banger(&format!("vm exec -w /no/where {} -- true", vm.id))
        .run()
        .ended_with(126)
        .complaining(&["working directory /no/where does not exist"]);
}

#[test]
fn what_cannot_be_run_says_which_of_two_reasons() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    let problem = |command: &str| {
        let reply = home
            .api()
            .post(&vm.path("/exec"), &json!({ "command": [command] }));
        let text = reply.text();
        let data = text
            .lines()
            .find_map(|line| line.strip_prefix("data: "))
            .unwrap_or(&text);
        let value: serde_json::Value = serde_json::from_str(data).unwrap();
        match value.get("problem") {
            Some(problem) => problem["code"].clone(),
            None => value["code"].clone(),
        }
    };
    assert_eq!(problem("no-such-program"), "command_not_found");
    assert_eq!(problem("/no/such/program"), "command_not_found");
    assert_eq!(problem("/etc/passwd"), "command_not_executable");
    assert_eq!(problem("/etc"), "command_not_executable");
}

#[test]
fn a_time_limit_ends_a_command_with_its_children() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    let begun = Instant::now();
    let ran = vm.exec(&json!({
        "command": ["sh", "-c", "trap '' TERM HUP; sleep 1234 & echo begun; wait; sleep 1234"],
        "timeout_ms": 1500,
    }));
    assert!(ran.timed_out);
    assert_ne!(ran.code, Some(0));
    assert_eq!(ran.out(), "begun\n");
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{:?}",
        begun.elapsed()
    );
    eventually("no sleeper is left", Duration::from_secs(20), || {
        vm.sh("pgrep -f 'sleep 1234' | grep -v $$").out().is_empty()
    });
}

#[test]
fn a_child_that_keeps_the_pipes_does_not_hold_up_the_end() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    let begun = Instant::now();
    let ran = vm.sh("sleep 600 & echo $!");
    assert_eq!(ran.code, Some(0));
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{:?}",
        begun.elapsed()
    );
    let child = ran.out();
    assert_eq!(
        vm.sh(&format!("kill -0 {child}")).code,
        Some(0),
        "the child was to go on"
    );
}

#[test]
fn input_arrives_whole_and_ends() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    let input = "line\n".repeat(40_000);
    let ran = vm.exec(&json!({ "command": ["md5sum"], "input": input }));
    let sum = banger_tests::Banger::call("md5sum")
        .input(input)
        .run()
        .ok()
        .out();
    assert_eq!(ran.out(), sum);
    // One that reads none of it ends all the same.
    let ran = vm.exec(&json!({ "command": ["true"], "input": "x".repeat(500_000) }));
    assert_eq!(ran.code, Some(0));
    // Without input a command reads nothing, and does not wait for anything.
    assert_eq!(vm.tell("cat; echo done"), "done");
}

#[test]
fn many_commands_run_side_by_side() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..20)
            .map(|number| {
                let (socket, path) = (home.socket(), vm.path("/exec"));
                scope.spawn(move || {
                    let api = banger_tests::Api::new(&socket);
                    let script = format!("sleep 0.{}; echo {number}; exit {number}", number % 7);
                    let request = json!({ "command": ["sh", "-c", script] });
                    Ran::read(&api.post(&path, &request).text())
                })
            })
            .collect();
        for (number, run) in runs.into_iter().enumerate() {
            let ran = run.join().unwrap();
            assert_eq!(ran.out(), format!("{number}\n"));
            assert_eq!(ran.code, Some(i64::try_from(number).unwrap()));
        }
    });
}

#[test]
fn a_client_that_goes_away_kills_or_leaves_its_command() {
    needs!(vms, "curl");
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    for (policy, seconds, expected) in [("kill", 4321, "0"), ("leave", 4322, "1")] {
        let request = json!({
            "command": ["sh", "-c", format!("echo begun; exec sleep {seconds}")],
            "on_disconnect": policy,
        });
        let mut curl = std::process::Command::new("curl")
            .args(["-sN", "--unix-socket"])
            .arg(home.socket())
            .args([
                "-H",
                "content-type: application/json",
                "-d",
                &request.to_string(),
            ])
            .arg(format!("http://banger{}", vm.path("/exec")))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let sleepers = || vm.tell(&format!("ps | grep -c '[s]leep {seconds}' || true"));
        eventually("it runs", Duration::from_secs(30), || sleepers() == "1");
        curl.kill().unwrap();
        curl.wait().unwrap();
        if expected == "0" {
            eventually("it is killed", Duration::from_secs(30), || {
                sleepers() == "0"
            });
        } else {
            std::thread::sleep(Duration::from_secs(3));
            assert_eq!(sleepers(), expected, "it was to be left running");
        }
    }
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    let refused = |request| home.api().post(&vm.path("/exec"), &request);
    refused(json!({ "command": [] })).refused(422, "invalid_value");
    refused(json!({ "command": [""] })).refused(422, "invalid_value");
    refused(json!({ "command": ["a\u{0}b"] })).refused(422, "invalid_value");
    refused(json!({ "command": ["true"], "timeout_ms": 0 })).refused(422, "invalid_value");
    refused(json!({ "command": ["true"], "env": { "A=B": "" } })).refused(422, "invalid_value");
    refused(json!({ "command": "true" })).refused(400, "bad_request");
    refused(json!({ "command": ["true"], "comand": [] })).refused(400, "bad_request");
    vm.act("stop");
    refused(json!({ "command": ["true"] })).refused(409, "vm_wrong_state");
}
