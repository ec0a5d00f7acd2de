//! `banger vm exec`, `shell`, `logs`, `list` and their kind.

use std::{
    io::{Read, Write},
    time::{Duration, Instant},
};

use banger_tests::{Banger, Home, needs, residue::eventually, template::TINY};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// A home whose command line has made a VM `box`.
fn with_box() -> Home {
    let home = Home::new();
    home.banger("vm create --name box --image tiny").run().ok();
    home
}

#[test]
fn exec_passes_on_streams_variables_directory_user_and_code() {
    needs!(vms);
    let home = with_box();
    let script = "echo out; echo err >&2; echo $KEY; pwd; id -un; cat; exit 9";
    let ran = home
        .banger("vm exec box -e KEY=value -w /tmp -u worker -- sh -c")
        .args([script])
        .input("input")
        .run()
        .ended_with(9);
    assert_eq!(ran.out(), "out\nvalue\n/tmp\nworker\ninput");
    assert_eq!(ran.err(), "err\n");
    home.banger("vm exec box -- nothing-there")
        .run()
        .ended_with(127);
    home.banger("vm exec box -- /tmp").run().ended_with(126);
    home.banger("vm exec box --timeout 1s -- sleep 1000")
        .run()
        .ended_with(124);
}

#[test]
fn an_open_input_does_not_hold_up_a_finished_command() {
    needs!(vms);
    let home = with_box();
    let begun = Instant::now();
    // The pipe to its standard input stays open.
    let mut child = home.banger("vm exec box -- echo done").start();
    let stdin = child.stdin.take();
    let mut said = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(said, "done\n");
    assert!(begun.elapsed() < Duration::from_secs(30));
    drop(stdin);
}

#[test]
fn signals_are_passed_on() {
    needs!(vms);
    let home = with_box();
    let script = "trap 'echo got INT; exit 5' INT; trap 'echo got TERM; exit 6' TERM; \
        echo ready; while :; do sleep 0.1; done";
    for (signal, said, code) in [
        (Signal::SIGINT, "got INT", 5),
        (Signal::SIGTERM, "got TERM", 6),
    ] {
        let mut child = home.banger("vm exec box -- sh -c").args([script]).start();
        let mut stdout = child.stdout.take().unwrap();
        let mut ready = [0; 6];
        stdout.read_exact(&mut ready).unwrap();
        kill(Pid::from_raw(child.id().cast_signed()), signal).unwrap();
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).unwrap();
        assert_eq!(rest.trim(), said);
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}

#[test]
fn a_shell_has_a_terminal_that_can_be_resized() {
    needs!(vms);
    let home = with_box();
    let mut shell = home.banger("vm shell box").on_terminal();
    shell.type_in("stty size; tty\r");
    shell.shows("24 80");
    shell.shows("/dev/pts/");
    shell.resize(33, 77);
    // The new size takes its way through the daemon.
    for _ in 0..50 {
        shell.type_in("stty size\r");
        std::thread::sleep(Duration::from_millis(300));
        if shell.shown().contains("33 77") {
            break;
        }
    }
    shell.shows("33 77");
    // Ctrl-C reaches what runs in the shell, not the shell itself, and not us.
    shell.type_in("sleep 1000 || echo interru\"\"pted\r");
    std::thread::sleep(Duration::from_secs(1));
    shell.type_in("\x03");
    std::thread::sleep(Duration::from_millis(500));
    shell.type_in("exit 3\r");
    assert_eq!(shell.code(), 3);
}

#[test]
fn a_big_output_flows_with_little_memory() {
    needs!(vms);
    const BYTES: usize = 128 << 20;
    let home = with_box();
    let daemon = home.daemon_pid().unwrap();
    let peak = |pid: i32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))
            .unwrap();
        line.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
            / 1024
    };
    let agent = "awk '/VmHWM/ { print $2 }' /proc/$(pgrep -o -f banger-agent || echo 1)/status";
    let mut child = home
        .banger(&format!("vm exec box -- head -c {BYTES} /dev/zero"))
        .start();
    drop(child.stdin.take());
    let mut stdout = child.stdout.take().unwrap();
    let (mut all, mut client, mut buffer) = (0, 0, vec![0; 1 << 16]);
    // A slow reader at first: what it does not take must wait in the guest.
    std::thread::sleep(Duration::from_secs(3));
    loop {
        match stdout.read(&mut buffer).unwrap() {
            0 => break,
            read => all += read,
        }
        // After its end there is no process to ask.
        if client == 0 && all > BYTES / 4 * 3 {
            client = peak(child.id().cast_signed());
        }
    }
    assert_eq!(all, BYTES);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(peak(daemon) < 120, "the daemon took {} MiB", peak(daemon));
    assert!(client < 100, "the command line took {client} MiB");
    let agent = home
        .banger("vm exec box -- sh -c")
        .args([agent])
        .run()
        .ok()
        .out();
    let agent: u64 = agent.trim().parse().unwrap();
    assert!(agent < 20_000, "the agent took {agent} KiB");
}

#[test]
fn lists_are_for_people_and_for_programs() {
    needs!(vms);
    let home = with_box();
    let table = home.banger("vm list").run().ok().out();
    assert!(
        table.contains("box") && table.contains("running") && table.contains(TINY),
        "{table}"
    );
    let json = home.banger("vm list -o json").run().ok().json();
    assert_eq!(json["vms"][0]["name"], "box", "{json}");
    assert_eq!(home.banger("vm list -q").run().ok().out(), "box\n");
    let shown = home.banger("vm show box -o json").run().ok().json();
    assert_eq!(shown["state"], "running");
    let images = home.banger("image list").run().ok().out();
    assert!(
        images.contains("debian-bookworm") && images.contains("single"),
        "{images}"
    );
    assert!(
        home.banger("kernel list")
            .run()
            .ok()
            .out()
            .contains("debian-cloud")
    );
}

#[test]
fn names_do_for_several_verbs_at_once() {
    needs!(vms);
    let home = with_box();
    home.banger("vm create --name other --image tiny --stopped")
        .run()
        .ok();
    home.banger("vm stop box").run().ok();
    home.banger("vm start box other").run().ok();
    let states = home.banger("vm list -o json").run().ok().json();
    assert_eq!(states["vms"][0]["state"], "running", "{states}");
    assert_eq!(states["vms"][1]["state"], "running", "{states}");
    home.banger("vm restart box").run().ok();
    home.banger("vm kill other").run().ok();
    home.banger("vm delete box")
        .run()
        .ended_with(1)
        .complaining(&["box"]);
    home.banger("vm delete -f box other").run().ok();
    home.banger("vm delete box")
        .run()
        .ended_with(1)
        .complaining(&["box"]);
}

#[test]
fn the_console_can_be_read_and_followed() {
    needs!(vms);
    let home = with_box();
    home.banger("vm exec box -- sh -c")
        .args(["echo mark-one > /dev/console"])
        .run()
        .ok();
    eventually("the console has it", Duration::from_secs(20), || {
        home.banger("vm logs box")
            .run()
            .ok()
            .out()
            .contains("mark-one")
    });
    let mut follower = home.banger("vm logs -f --tail 1 box").start();
    let mut stdout = follower.stdout.take().unwrap();
    std::thread::sleep(Duration::from_secs(1));
    home.banger("vm exec box -- sh -c")
        .args(["echo mark-two > /dev/console"])
        .run()
        .ok();
    let mut seen = String::new();
    let mut buffer = [0; 512];
    while !seen.contains("mark-two") {
        let read = stdout.read(&mut buffer).unwrap();
        assert_ne!(read, 0, "it ended: {seen}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    home.banger("vm stop box").run().ok();
    eventually("it ends with the VM", Duration::from_secs(30), || {
        follower.try_wait().unwrap().is_some()
    });
}

#[test]
fn shells_complete_commands_and_live_names() {
    needs!(vms, "bash", "zsh", "fish");
    let home = Home::new();
    home.banger("vm create --name completable --image tiny --stopped")
        .run()
        .ok();
    let bin = banger_tests::checkout::top().join("build/bin");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let bash = "source <(banger completion bash); f=$(complete -p banger | sed 's/.*-F \\([^ ]*\\).*/\\1/'); \
        COMP_WORDS=(banger vm stop comp); COMP_CWORD=3; COMP_TYPE=9; COMP_LINE='banger vm stop comp'; \
        COMP_POINT=${#COMP_LINE}; $f banger comp stop; echo \"${COMPREPLY[@]}\"";
    let script = |shell: &str, script: &str| {
        let call = Banger::call(shell).args(["-c", script]).env("PATH", &path);
        let set = home.variables().into_iter();
        set.fold(call, |call, (name, value)| call.env(name, value))
            .run()
            .ok()
    };
    let completed = script("bash", bash);
    assert!(completed.out().contains("completable"), "{completed:?}");
    let fish = "banger completion fish | source; complete -C 'banger vm stop comp'";
    let completed = script("fish", fish);
    assert!(completed.out().contains("completable"), "{completed:?}");
    let zsh = home.banger("completion zsh").run().ok().out();
    assert!(zsh.contains("#compdef banger"), "{zsh}");
    script(
        "zsh",
        "autoload -U compinit; compinit -D; source <(banger completion zsh)",
    );
}

#[test]
fn the_doctor_tells_what_a_vm_gets_and_what_is_missing() {
    needs!(vms);
    let home = Home::new();
    let report = home.banger("doctor").run().ok();
    assert!(report.out().contains("qemu"), "{}", report.out());
    home.banger("daemon stop").run().ok();
    let report = home
        .banger("doctor")
        .env("BANGER_QEMU_PATH", "/no/such/qemu")
        .run()
        .ended_with(1);
    assert!(report.out().contains("/no/such/qemu"), "{}", report.out());
    // What needs it says so, too, and leaves nothing.
    home.banger("vm create --image tiny")
        .run()
        .ended_with(1)
        .complaining(&["/no/such/qemu", "install qemu-system-x86"]);
    assert_eq!(home.vm_directories(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn wrong_settings_are_named_with_the_nearest_key() {
    let home = Home::bare();
    let config = home.scratch().join("config.toml");
    std::fs::write(&config, "[vm_defaults]\nvpcus = 2\n").unwrap();
    home.banger("vm list")
        .env("BANGER_CONFIG", &config)
        .run()
        .ended_with(1)
        .complaining(&["line 2", "vpcus", "vcpus"]);
    let mut file = std::fs::File::create(&config).unwrap();
    writeln!(file, "vmm = \"fast\"").unwrap();
    home.banger("vm list")
        .env("BANGER_CONFIG", &config)
        .run()
        .ended_with(1)
        .complaining(&["fast"]);
}
