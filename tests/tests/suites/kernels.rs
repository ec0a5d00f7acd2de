//! Kernels: taken from files, refused where they are none, kept while they are used.

use std::fs;

use banger_tests::{
    Home, needs,
    template::{DEBIAN, KERNEL, TINY},
};
use serde_json::json;

#[test]
fn a_kernel_of_files_boots_a_vm() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    // The pulled kernel's own files, as somebody else might have them.
    let kernels = home.state().join("kernels");
    let pulled = fs::read_dir(kernels)
        .unwrap()
        .flatten()
        .next()
        .unwrap()
        .path();
    let release = home.api().get("/v1/kernels/debian-cloud").ok()["release"].clone();
    let modules = pulled.join("modules");
    let own = modules.join(release.as_str().unwrap());
    let modules = if own.exists() { own } else { modules };
    home.banger("kernel import --name mine")
        .args(["--vmlinux".as_ref(), pulled.join("vmlinux").as_os_str()])
        .args(["--modules".as_ref(), modules.as_os_str()])
        .run()
        .ok();
    let shown = home.banger("kernel show mine -o json").run().ok().json();
    assert_eq!(shown["release"], release, "{shown}");
    let ran = home
        .banger("vm run --rm --image tiny --kernel mine -- uname -r")
        .run()
        .ok();
    assert_eq!(ran.out().trim(), release.as_str().unwrap());
    home.banger("kernel delete mine").run().ok();
    home.banger("kernel show mine")
        .run()
        .ended_with(1)
        .complaining(&["mine"]);
}

#[test]
fn a_guest_has_the_modules_of_its_kernel() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(DEBIAN);
    let place = vm.tell("findmnt -n -o TARGET,FSTYPE,OPTIONS /lib/modules/$(uname -r)");
    let words: Vec<&str> = place.split_whitespace().collect();
    assert!(words[0].starts_with("/usr/lib/modules/6."), "{place}");
    assert!(words[1] == "ext4" && words[2].starts_with("ro,"), "{place}");
    // By modprobe, and by the kernel itself: a link of a kind that it has to load.
    vm.tell("modprobe br_netfilter && test -e /proc/sys/net/bridge");
    assert_eq!(vm.sh("grep -q ^veth /proc/modules").code, Some(1));
    vm.tell("ip link add one type veth peer name two && grep -q ^veth /proc/modules");
    let refused = vm.sh("touch /lib/modules/$(uname -r)/x");
    assert!(refused.err().contains("Read-only"), "{}", refused.err());
    // An image without /lib has nothing that would look there.
    let tiny = home.boot(TINY);
    assert_eq!(tiny.sh("grep -q /lib/modules /proc/mounts").code, Some(1));
}

#[test]
fn a_kernel_in_use_cannot_be_removed_and_a_free_one_can() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let vm = home.create(&json!({ "image": TINY, "name": "user", "stopped": true }));
    let path = format!("/v1/kernels/{KERNEL}");
    let problem = home.api().delete(&path).refused(409, "kernel_in_use");
    assert!(
        problem["detail"].as_str().unwrap().contains("user"),
        "{problem}"
    );
    let image = home
        .api()
        .delete("/v1/images/tiny")
        .refused(409, "image_in_use");
    assert!(
        image["detail"].as_str().unwrap().contains("user"),
        "{image}"
    );
    vm.delete();
    home.api().delete(&path).ok();
    home.api().get(&path).refused(404, "kernel_not_found");
}

#[test]
fn files_that_are_no_kernel_are_refused_and_leave_nothing() {
    needs!(vms);
    let home = Home::bare();
    home.start_daemon();
    let file = |name: &str, bytes: &[u8]| {
        let path = home.scratch().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let mut bad_elf = b"\x7fELF\x02\x01\x01".to_vec();
    bad_elf.resize(4096, 0xff);
    let cases = [
        file("empty", b""),
        file("text", &b"just text\n".repeat(1000)),
        file("elf", &bad_elf),
        file("gzip", &[&b"\x1f\x8b\x08"[..], &[7; 5000]].concat()),
    ];
    for path in cases {
        let request = json!({ "name": "bad", "vmlinux": path });
        let problem = home
            .api()
            .post("/v1/kernels/import?wait=true", &request)
            .refused(422, "bad_kernel");
        assert!(problem["detail"].as_str().unwrap().len() > 10, "{problem}");
    }
    home.banger("kernel import --vmlinux /no/such/kernel")
        .run()
        .ended_with(1)
        .complaining(&["/no/such/kernel"]);
    assert_eq!(home.api().get("/v1/kernels").ok()["kernels"], json!([]));
    assert_eq!(home.unfinished(), Vec::<std::path::PathBuf>::new());
    home.banger("kernel pull debian-clowd")
        .run()
        .ended_with(1)
        .complaining(&["debian-clowd", "debian-cloud"]);
}
