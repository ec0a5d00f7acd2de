//! Every init, and none; images that lack what others have.

use std::time::{Duration, Instant};

use banger_tests::{
    Guest, Home,
    archive::Archive,
    distribution::{Distribution, MINIMAL, OPENRC, RUNIT, SYSVINIT},
    host::PATIENCE,
    needs,
    residue::eventually,
    template::DEBIAN,
};
use serde_json::json;

/// The host ends a guest by force after 60 seconds; the agent overtakes an init after 52. An
/// orderly end takes less than both.
const ORDERLY: Duration = Duration::from_secs(52);

const MARKER: &str = "cat /var/log/marker";

/// Stops a VM, which must not need force.
#[track_caller]
fn stop(vm: &Guest) {
    let begun = Instant::now();
    let operation = vm.act("stop");
    let elapsed = begun.elapsed();
    assert!(elapsed < ORDERLY, "{elapsed:?}");
    assert!(!operation.to_string().contains("by force"), "{operation}");
    assert_eq!(vm.state(), "stopped");
}

#[track_caller]
fn wait_for_marker(vm: &Guest, expected: &str) {
    let within = Duration::from_secs(30) * PATIENCE;
    eventually(expected, within, || {
        vm.try_tell(MARKER).as_deref() == Some(expected)
    });
}

/// Makes the VM and waits for its services.
#[track_caller]
fn up(home: &Home, distribution: Distribution) -> Guest<'_> {
    home.start_daemon();
    distribution.import(home);
    home.create(&json!({ "image": distribution.name, "wait_for": "system" }))
}

/// Stops in order, keeps files, restarts from within: what is the same for each init. The
/// service has started once.
#[track_caller]
fn goes_down_and_comes_back(vm: &Guest) {
    vm.tell("echo system > /srv/kept; echo home > /root/kept");
    stop(vm);
    vm.act("start");
    assert_eq!(vm.tell("cat /srv/kept /root/kept"), "system\nhome");
    wait_for_marker(vm, "started\nstopped\nstarted");
    let boot = vm.tell("cat /proc/sys/kernel/random/boot_id");
    vm.try_tell("reboot");
    eventually("it runs anew", Duration::from_secs(60) * PATIENCE, || {
        vm.try_tell("cat /proc/sys/kernel/random/boot_id")
            .is_some_and(|now| now != boot)
    });
    let before = "started\nstopped\nstarted\nstopped";
    assert!(vm.tell(MARKER).starts_with(before), "{}", vm.tell(MARKER));
}

#[test]
fn sysvinit_starts_and_stops_its_services() {
    needs!(vms);
    let home = Home::new();
    let vm = up(&home, SYSVINIT);
    assert_eq!(vm.tell("readlink /proc/1/exe"), "/usr/sbin/init");
    assert_eq!(vm.tell(MARKER), "started");
    goes_down_and_comes_back(&vm);
}

#[test]
fn openrc_starts_and_stops_its_services() {
    needs!(vms);
    let home = Home::new();
    let vm = up(&home, OPENRC);
    assert_eq!(vm.tell(MARKER), "started");
    assert!(vm.tell("rc-status default").contains("started"));
    goes_down_and_comes_back(&vm);
}

#[test]
fn runit_starts_and_stops_its_services() {
    needs!(vms);
    let home = Home::new();
    let vm = up(&home, RUNIT);
    assert_eq!(vm.tell("cat /proc/1/comm"), "runit");
    wait_for_marker(&vm, "started");
    assert!(vm.tell("sv status marker").starts_with("run: marker"));
    goes_down_and_comes_back(&vm);
}

#[test]
fn systemd_starts_and_stops_its_services() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(DEBIAN);
    let unit = "[Service]\\nType=oneshot\\nRemainAfterExit=yes\\n\
        ExecStart=/bin/sh -c \"echo started >> /var/log/marker\"\\n\
        ExecStop=/bin/sh -c \"echo stopped >> /var/log/marker\"\\n\
        [Install]\\nWantedBy=multi-user.target\\n";
    vm.tell(&format!(
        "printf '{unit}' > /etc/systemd/system/marker.service
        ln -s ../marker.service /etc/systemd/system/multi-user.target.wants/marker.service"
    ));
    vm.act("restart");
    wait_for_marker(&vm, "started");
    goes_down_and_comes_back(&vm);
}

/// An image of busybox with its init.
fn busybox_with_init() -> Vec<u8> {
    let table = "::sysinit:/etc/start\n::respawn:/bin/sleep 100000\n::ctrlaltdel:/bin/reboot\n\
        ::shutdown:/etc/stop\n";
    ["bin", "sbin", "etc", "srv", "var", "var/log"]
        .iter()
        .fold(Archive::default(), |tree, path| tree.dir(path, 0o755))
        .tools()
        .symlink("sbin/init", "../bin/busybox")
        .file("etc/inittab", table, 0o644)
        .file(
            "etc/start",
            "#!/bin/sh\nsleep 1\necho started >> /var/log/marker\n",
            0o755,
        )
        .file(
            "etc/stop",
            "#!/bin/sh\necho stopped >> /var/log/marker\n",
            0o755,
        )
        .finish()
}

#[track_caller]
fn import(home: &Home, name: &str, tar: Vec<u8>) {
    let path = format!("/v1/images/import?name={name}");
    home.start_daemon().api().upload("POST", &path, tar).ok();
}

#[test]
fn busybox_init_starts_and_stops_what_its_table_says() {
    needs!(vms, "busybox");
    let home = Home::new();
    import(&home, "busybox", busybox_with_init());
    let vm = home.create(&json!({ "image": "busybox", "wait_for": "system" }));
    assert_eq!(vm.tell("readlink /proc/1/exe"), "/bin/busybox");
    assert_eq!(vm.tell(MARKER), "started");
    goes_down_and_comes_back(&vm);
}

/// As many container images are: no init, no network tools, no sshd.
#[test]
fn an_image_without_an_init_runs_commands_and_keeps_its_files() {
    needs!(vms, "busybox");
    let home = Home::new();
    home.start_daemon();
    MINIMAL.import(&home);
    let vm = home.create(&json!({ "image": MINIMAL.name, "wait_for": "system" }));
    vm.tell("test ! -e /sbin/init; echo kept > /srv/kept");
    stop(&vm);
    vm.act("start");
    assert_eq!(vm.tell("cat /srv/kept"), "kept");
}

/// An init that is a script, behind an absolute link; no /tmp, /proc or /dev; a resolver's
/// file that leads nowhere; a home elsewhere; no root in passwd.
#[test]
fn an_image_of_odd_links_boots_a_script_as_its_init() {
    needs!(vms, "busybox");
    let home = Home::new();
    let script = "#!/bin/sh\ntrap 'echo stopped >> /var/log/marker' TERM\n\
        echo started >> /var/log/marker\nwhile :; do sleep 1; done\n";
    let tree = [
        "bin", "sbin", "etc", "srv", "usr", "usr/lib", "var", "var/log",
    ]
    .iter()
    .fold(Archive::default(), |tree, path| tree.dir(path, 0o755))
    .tools()
    .symlink("lib", "usr/lib")
    .symlink("root", "var/roothome")
    .symlink("sbin/init", "/etc/start")
    .symlink("etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf")
    .file("etc/start", script, 0o755)
    .file("etc/passwd", "app:x:1000:1000::/srv:/bin/sh\n", 0o644)
    .file("etc/group", "app:x:1000:\nmore:x:1001:app\n", 0o644);
    import(&home, "odd", tree.finish());
    let vm = home.create(&json!({ "image": "odd", "wait_for": "system" }));
    wait_for_marker(&vm, "started");
    assert_eq!(
        vm.tell("tr '\\0' ' ' < /proc/1/cmdline"),
        "/bin/sh /sbin/init "
    );
    assert_eq!(
        vm.tell("id -u; echo $HOME; pwd; echo there > $HOME/file; cat /var/roothome/file"),
        "0\n/root\n/var/roothome\nthere"
    );
    vm.tell("test -s /etc/resolv.conf; test -d /tmp; test -c /dev/null; test -d /proc/1");
    let app = json!({
        "command": ["sh", "-c", "id -u; id -G; pwd; echo $HOME $USER"], "user": "app",
    });
    assert_eq!(vm.exec(&app).out(), "1000\n1000 1001\n/srv\n/srv app\n");
    vm.tell("echo kept > /srv/kept");
    stop(&vm);
    vm.act("start");
    assert_eq!(vm.tell("cat /srv/kept"), "kept");
    assert!(vm.tell(MARKER).starts_with("started\nstopped"));
}

/// An init that cannot run must not take the guest with it.
#[test]
fn an_init_without_its_interpreter_is_as_none() {
    needs!(vms, "busybox");
    let home = Home::new();
    let tree = ["bin", "sbin"]
        .iter()
        .fold(Archive::default(), |tree, path| tree.dir(path, 0o755))
        .dir("root", 0o555)
        .tools()
        .file("root/mine", "here", 0o400)
        .file("sbin/init", "#!/usr/bin/perl\n", 0o755);
    import(&home, "broken", tree.finish());
    let vm = home.create(&json!({ "image": "broken", "wait_for": "system" }));
    assert_eq!(vm.tell("cat mine; echo more > more; cat more"), "heremore");
    stop(&vm);
}
