//! Images on the shelf: of VMs, with several names, pruned, taken away while VMs use them, and of
//! files that stay where they are.

use std::{fs, path::PathBuf};

use banger_tests::{Banger, Guest, Home, needs, template::TINY};
use serde_json::{Value, json};

fn show(home: &Home, image: &str) -> Value {
    home.api().get(&format!("/v1/images/{image}")).ok()
}

fn commit(vm: &Guest<'_>, home: &Home, body: &Value) -> Value {
    home.api().post(&vm.path("/commit?wait=true"), body).ok()
}

#[test]
fn a_committed_vm_is_an_image_with_its_files_and_its_way_to_run() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let vm = home.boot(TINY);
    vm.tell("echo one > /made; mkdir /opt; echo two > /opt/in; echo three > /root/home; chmod 600 /root/home");
    let config = json!({ "env": ["GREETING=hi"], "cmd": ["sh", "-c", "echo $GREETING; pwd"], "working_dir": "/opt" });
    commit(&vm, &home, &json!({ "name": "made", "config": config }));
    let ran = home.banger("vm run --rm --image made").run().ok();
    assert_eq!(ran.out(), "hi\n/opt\n");
    let again = home.boot("made");
    assert_eq!(
        again.tell("cat /made /opt/in /root/home; stat -c %a /root/home"),
        "one\ntwo\nthree\n600"
    );
    assert_ne!(again.tell("hostname"), vm.tell("hostname"));
    // The way to run is the image's own, unless another is given.
    commit(&again, &home, &json!({ "name": "kept" }));
    assert_eq!(show(&home, "kept")["config"]["env"], json!(["GREETING=hi"]));
    assert_eq!(show(&home, "kept")["source"]["type"], "vm");
}

#[test]
fn a_commit_takes_a_name_over_only_when_asked() {
    needs!(vms);
    let home = Home::new();
    home.banger("vm create --name box --image tiny").run().ok();
    home.banger("vm exec box -- sh -c")
        .args(["echo 1 > /n"])
        .run()
        .ok();
    home.banger("vm commit box --image made").run().ok();
    let first = show(&home, "made")["id"].clone();
    home.banger("vm exec box -- sh -c")
        .args(["echo 2 > /n"])
        .run()
        .ok();
    home.banger("vm commit box --image made")
        .run()
        .ended_with(1)
        .complaining(&["is there already", "--replace"]);
    home.banger("vm commit box --image made --replace")
        .run()
        .ok();
    assert_ne!(show(&home, "made")["id"], first);
    let ran = home.banger("vm run --rm --image made -- cat /n").run().ok();
    assert_eq!(ran.out(), "2\n");
    home.banger("vm stop box").run().ok();
    home.banger("vm commit box --image late")
        .run()
        .ended_with(1)
        .complaining(&["is stopped"]);
    assert_eq!(home.unfinished(), Vec::<PathBuf>::new());
}

#[test]
fn an_image_goes_with_its_last_name() {
    needs!(vms);
    let home = Home::new();
    home.banger("image tag tiny small")
        .run()
        .ok()
        .complaining(&["small, tiny"]);
    let id = show(&home, "tiny")["id"].clone();
    assert_eq!(show(&home, "small")["id"], id);
    home.banger("image delete tiny").run().ok();
    assert_eq!(
        home.banger("vm run --rm --image small -- echo here")
            .run()
            .ok()
            .out(),
        "here\n"
    );
    home.banger("image tag single small").run().ok();
    home.banger(&format!("image show {}", id.as_str().unwrap()))
        .run()
        .ended_with(1);
    home.banger("image tag nonesuch x").run().ended_with(1);
    home.banger("image tag single Not/../one")
        .run()
        .ended_with(1);
}

#[test]
fn pruning_tells_first_and_spares_what_is_used() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let vm = home.boot(TINY);
    let listed = || {
        home.banger("image list -o json").run().ok().json()["images"]
            .as_array()
            .unwrap()
            .len()
    };
    let before = listed();
    let told = home
        .banger("image prune --dry-run -o json")
        .run()
        .ok()
        .json();
    let names: Vec<_> = told["images"]
        .as_array()
        .unwrap()
        .iter()
        .map(|image| image["name"].clone())
        .collect();
    assert!(
        names.contains(&json!("single")) && !names.contains(&json!(TINY)),
        "{told}"
    );
    assert!(told["freed"].as_u64().unwrap() > 0, "{told}");
    assert_eq!(listed(), before);
    home.banger("image prune --older-than 9000d").run().ok();
    assert_eq!(listed(), before);
    home.banger("image prune").run().ok();
    assert_eq!(listed(), 1);
    assert_eq!(vm.tell("echo here"), "here");
}

#[test]
fn an_image_that_a_vm_uses_goes_with_the_vm() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let vm = home.boot(TINY);
    let id = vm.show()["image_id"].as_str().unwrap().to_owned();
    let directory = home.state().join("images").join(&id);
    home.banger("image delete tiny")
        .run()
        .ended_with(1)
        .complaining(&["is used by", "--force"]);
    home.banger("image delete --force tiny").run().ok();
    home.banger("vm run --rm --no-pull --image tiny -- true")
        .run()
        .ended_with(125);
    vm.act("restart");
    assert_eq!(vm.tell("echo still here"), "still here");
    assert!(directory.exists());
    vm.delete();
    banger_tests::residue::eventually("it is gone", std::time::Duration::from_secs(10), || {
        !directory.exists()
    });
}

/// The root file system of an image of the home, as a file of the test's own.
fn file_of(home: &Home, image: &str) -> PathBuf {
    let id = show(home, image)["id"].as_str().unwrap().to_owned();
    let file = home.scratch().join("own.ext4");
    let from = home.state().join("images").join(id).join("rootfs.ext4");
    Banger::call("cp")
        .args(["--sparse=always"])
        .args([&from, &file])
        .run()
        .ok();
    file
}

#[test]
fn a_registered_image_is_used_where_it_lies_until_it_changes() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let file = file_of(&home, TINY);
    let line = format!("image register own --rootfs {}", file.display());
    home.banger(&line).run().ok();
    let image = show(&home, "own");
    assert_eq!(image["files"]["rootfs"], json!(file.to_str().unwrap()));
    let vm = home.boot("own");
    vm.tell("echo mine > /mine");
    vm.act("stop");
    // A file that is another is refused; told of again, it is the same image's.
    fs::File::options()
        .append(true)
        .open(&file)
        .unwrap()
        .set_len(file.metadata().unwrap().len() + 4096)
        .unwrap();
    let refused = home.api().post(&vm.path("/start?wait=true"), &json!({}));
    let refused = refused.refused(409, "image_file_changed");
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .contains("has changed since"),
        "{refused}"
    );
    home.banger("vm run --rm --image own -- true")
        .run()
        .ended_with(125)
        .complaining(&["has changed since", "image register"]);
    home.banger(&line).run().ok();
    assert_eq!(show(&home, "own")["id"], image["id"]);
    vm.act("start");
    assert_eq!(vm.tell("cat /mine"), "mine");
    vm.act("stop");
    // Promoted, it needs the file no more.
    home.banger("image promote own").run().ok();
    assert_eq!(show(&home, "own")["id"], image["id"]);
    assert_eq!(show(&home, "own")["files"], Value::Null);
    fs::remove_file(&file).unwrap();
    vm.act("start");
    assert_eq!(vm.tell("cat /mine"), "mine");
    home.banger("image promote own")
        .run()
        .ok()
        .complaining(&["already"]);
    assert_eq!(home.unfinished(), Vec::<PathBuf>::new());
}

#[test]
fn what_is_no_root_file_system_cannot_be_registered() {
    let home = Home::bare();
    home.start_daemon();
    let text = home.scratch().join("text");
    fs::write(&text, "no ext4").unwrap();
    let register = |rootfs: &str| {
        let body = json!({ "name": "bad", "rootfs": rootfs });
        home.api().post("/v1/images/register", &body)
    };
    register(text.to_str().unwrap()).refused(422, "bad_image");
    register("relative").refused(422, "invalid_value");
    register("/nonesuch").refused(422, "invalid_value");
    register("/").refused(422, "invalid_value");
    assert_eq!(home.api().get("/v1/images").ok()["images"], json!([]));
}

#[test]
fn the_home_of_new_vms_begins_as_the_work_seed() {
    needs!(vms, "resize2fs");
    let home = Home::new();
    home.start_daemon();
    let file = file_of(&home, TINY);
    let (tree, seed) = (
        home.scratch().join("tree"),
        home.scratch().join("seed.ext4"),
    );
    fs::create_dir_all(tree.join("project")).unwrap();
    fs::write(tree.join("project/notes"), "prepared\n").unwrap();
    Banger::call("mke2fs")
        .args(["-q", "-t", "ext4", "-d"])
        .args([&tree, &seed])
        .args(["32M"])
        .run()
        .ok();
    home.banger(&format!(
        "image register seeded --rootfs {} --work-seed {}",
        file.display(),
        seed.display()
    ))
    .run()
    .ok();
    let check = |vm: &Guest<'_>| {
        assert_eq!(vm.tell("cat /root/project/notes"), "prepared");
        // It has grown to the size that was asked for.
        let kib: u64 = vm
            .tell("df -k /root | tail -1 | awk '{print $2}'")
            .parse()
            .unwrap();
        assert!(kib > 1_500_000, "{kib} KiB");
        vm.tell("echo changed > /root/project/notes");
        vm.delete();
    };
    check(&home.boot("seeded"));
    check(&home.boot("seeded"));
    home.banger("image promote seeded").run().ok();
    fs::remove_file(&seed).unwrap();
    fs::remove_file(&file).unwrap();
    check(&home.boot("seeded"));
}

#[test]
fn promoting_keeps_a_large_root_home_for_new_vms() {
    needs!(vms, "resize2fs", "debugfs");
    let home = Home::new();
    home.start_daemon();
    let file = file_of(&home, TINY);
    let large = home.scratch().join("large");
    fs::write(&large, vec![7; 30 << 20]).unwrap();
    let write = format!("write {} root/large", large.display());
    Banger::call("debugfs")
        .args(["-w", "-R", &write])
        .args([&file])
        .run()
        .ok();
    home.banger(&format!("image register own --rootfs {}", file.display()))
        .run()
        .ok();
    let before = show(&home, "own")["size"].as_u64().unwrap();
    home.banger("image promote own").run().ok();
    let image = show(&home, "own");
    let seed = (home.state().join("images"))
        .join(image["id"].as_str().unwrap())
        .join("work-seed.ext4");
    assert!(seed.exists());
    assert!(image["size"].as_u64().unwrap() > before);
    assert_eq!(home.api().get("/v1/vms").ok()["vms"], json!([]));
    let vm = home.boot("own");
    assert_eq!(
        vm.tell("cmp /root/large /root/large && wc -c < /root/large"),
        (30 << 20).to_string()
    );
    vm.delete();
}

#[test]
fn a_registered_image_brings_its_kernel() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let file = file_of(&home, TINY);
    let kernel = home.api().get("/v1/kernels/debian-cloud").ok();
    let kernel = home
        .state()
        .join("kernels")
        .join(kernel["id"].as_str().unwrap());
    let line = format!(
        "image register own/os:1 --rootfs {} --kernel {} --modules {}",
        file.display(),
        kernel.join("vmlinux").display(),
        kernel.join("modules").display()
    );
    // The second time it is brought anew.
    for _ in 0..2 {
        home.banger(&line).run().ok();
        let image = home.api().get("/v1/images").ok()["images"].clone();
        let mut images = image.as_array().unwrap().iter();
        let own = images.find(|image| image["name"] == "own/os:1").unwrap();
        assert_eq!(own["kernel"], "image-own-os-1");
    }
    let vm = home.boot("own/os:1");
    assert_eq!(vm.show()["kernel"], "image-own-os-1");
    assert_eq!(vm.tell("echo here"), "here");
    let other =
        home.create(&json!({ "image": "own/os:1", "kernel": "debian-cloud", "stopped": true }));
    assert_eq!(other.show()["kernel"], "debian-cloud");
}

#[test]
fn an_image_says_how_large_its_vms_disks_are() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    // The harness's default, which is more than so small an image needs.
    assert_eq!(show(&home, TINY)["disk_mib"], 2048);
    let archive = home.scratch().join("tiny.tar");
    home.banger(&format!("image export {TINY} -o {}", archive.display()))
        .run()
        .ok();
    let import = |name: &str, size: &str| {
        let line = format!("image import {} --name {name} {size}", archive.display());
        home.banger(&line).run().ok();
        show(&home, name)
    };
    let sized = import("sized", "--size 3GiB");
    assert_eq!(sized["disk_mib"], 3072);
    let shown = home.banger("image show sized").run().ok();
    assert!(shown.out().contains("3 GiB"), "{}", shown.out());
    let vm = home.boot("sized");
    assert_eq!(vm.show()["disk_mib"], 3072);
    let kib: u64 = vm
        .tell("df -k / | tail -1 | awk '{print $2}'")
        .parse()
        .unwrap();
    assert!((2_700_000..3_200_000).contains(&kib), "{kib} KiB");
    let own = home.create(&json!({ "image": "sized", "disk_mib": 512, "stopped": true }));
    assert_eq!(own.show()["disk_mib"], 512);
    // The same image once more is one image, which takes the new word; VMs keep their disks.
    let again = import("again", "--size 4GiB");
    assert_eq!(
        (&again["id"], &again["disk_mib"]),
        (&sized["id"], &json!(4096))
    );
    assert_eq!(import("third", "")["disk_mib"], 4096);
    assert_eq!(vm.show()["disk_mib"], 3072);
    let later = home.create(&json!({ "image": "sized", "stopped": true }));
    assert_eq!(later.show()["disk_mib"], 4096);
    for size in ["1M", "17TiB"] {
        let line = format!("image import {} --size {size}", archive.display());
        home.banger(&line).run().ended_with(2);
    }
    let file = file_of(&home, TINY);
    let body = json!({ "name": "own", "rootfs": file, "disk_mib": 1 });
    let refused = home.api().post("/v1/images/register", &body);
    refused.refused(422, "invalid_value");
    let line = format!("image register own --rootfs {} --size 5G", file.display());
    home.banger(&line).run().ok();
    assert_eq!(show(&home, "own")["disk_mib"], 5120);
}
