//! Docker in a guest, as Debian packages it.

use std::time::Duration;

use banger_tests::{Home, host::PATIENCE, needs, residue::eventually};
use serde_json::json;

/// How long dockerd may take from the guest's boot: 20 s where nothing else runs.
const START: Duration = Duration::from_secs(60 * PATIENCE as u64);

#[test]
fn a_container_runs_in_a_guest_on_overlay2() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    home.banger("image pull debian-bookworm --name docker")
        .args(["--package", "docker.io", "--package", "busybox-static"])
        .within(Duration::from_secs(1800))
        .run()
        .ok();
    let vm = home.create(&json!({
        "image": "docker", "name": "dock", "vcpus": 2, "memory_mib": 1024, "disk_mib": 4096,
    }));
    // Plain file systems below it: an overlay on an overlay is refused by the kernel.
    let kind = |path: &str| vm.tell(&format!("findmnt -n -o FSTYPE,OPTIONS {path}"));
    for path in ["/var/lib/docker", "/var/lib/containerd"] {
        assert!(kind(path).starts_with("ext4   rw"), "{}", kind(path));
    }
    assert!(kind("/sys/fs/cgroup").starts_with("cgroup2"));
    eventually("dockerd answers", START, || {
        vm.try_tell("docker info").is_some()
    });
    let driver = vm.tell("docker info --format '{{.Driver}} {{.CgroupVersion}}'");
    assert_eq!(driver, "overlay2 2");
    vm.tell(
        "mkdir -p /tmp/box/bin && cp /bin/busybox /tmp/box/bin/sh && \
         tar -C /tmp/box -c . | docker import - box",
    );
    let inside = vm.tell("docker run --rm --name one box /bin/sh -c 'echo in $HOSTNAME; hostname'");
    let names: Vec<&str> = inside.split_whitespace().collect();
    assert!(
        matches!(names[..], ["in", a, b] if a == b && a != "dock"),
        "{inside}"
    );
    // Its bridge and its rules, whose modules the kernel loads by itself.
    vm.tell(
        "docker run -d --name web -p 8080:80 -v /tmp:/srv box /bin/sh -c \
         'echo served > /srv/page; while true; do \
          { printf \"HTTP/1.0 200 OK\\r\\n\\r\\n\"; cat /srv/page; } | nc -l -p 80; done' && \
         ip -o link show docker0 && iptables -t nat -S | grep -q MASQUERADE",
    );
    eventually("the container serves", START, || {
        vm.try_tell("curl -sf --max-time 5 http://127.0.0.1:8080/")
            .is_some_and(|page| page == "served")
    });
    let layers =
        vm.tell("docker build -q -t layered - <<'END'\nFROM box\nRUN echo built > /file\nEND");
    assert!(layers.starts_with("sha256:"), "{layers}");
    assert_eq!(
        vm.tell("docker run --rm layered /bin/sh -c 'while read l; do echo $l; done < /file'"),
        "built"
    );
    // What it stores outlasts a restart of the VM.
    vm.act("restart");
    eventually("dockerd answers again", START, || {
        vm.try_tell("docker image inspect layered").is_some()
    });
}
