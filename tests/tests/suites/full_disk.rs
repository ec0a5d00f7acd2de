//! The host's disk is full: it is told as such, nothing half-made stays, and with room again
//! all goes on. The disk is a small one of the daemon's own.

use std::{
    fs::{self, File},
    io::Write,
    path::PathBuf,
    time::Duration,
};

use banger_tests::{
    Home, archive, needs,
    registry::{Faulty, ImageLayout, layer_tar},
    residue::eventually,
    template::TINY,
};
use serde_json::json;

/// The test's own file that fills the daemon's disk.
fn filler(home: &Home) -> PathBuf {
    home.seen_by_daemon(&home.state().join("filler"))
}

/// Fills the disk but for that many bytes.
fn fill(home: &Home, leave: u64) {
    let mut file = File::create(filler(home)).unwrap();
    let piece = vec![1; 64 << 10];
    let mut size = 0;
    for length in [piece.len(), 4096] {
        while let Ok(written) = file.write(&piece[..length]) {
            size += written as u64;
        }
    }
    file.set_len(size.saturating_sub(leave)).unwrap();
    file.sync_all().unwrap();
}

/// What the daemon has in a directory of its state.
fn inside(home: &Home, directory: &str) -> Vec<PathBuf> {
    let path = home.seen_by_daemon(&home.state().join(directory));
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

#[test]
fn a_creation_on_a_full_disk_says_so_and_leaves_nothing() {
    needs!(vms, "unshare");
    if !is_root() {
        eprintln!("left out: mounting wants root");
        return;
    }
    let home = Home::new();
    for leave in [0, 64 << 10, 1 << 20] {
        home.start_daemon_on_small_disk(96, true);
        fill(&home, leave);
        home.api()
            .post("/v1/vms?wait=true", &json!({ "image": TINY }))
            .refused(507, "no_space");
        assert_eq!(home.api().get("/v1/vms").ok()["vms"], json!([]));
        eventually("no file is left", Duration::from_secs(10), || {
            inside(&home, "vms").is_empty()
        });
        fs::remove_file(filler(&home)).unwrap();
        home.stop_daemon();
    }
    home.start_daemon_on_small_disk(96, true);
    assert_eq!(home.boot(TINY).tell("echo here"), "here");
}

#[test]
fn with_room_again_the_same_daemon_goes_on() {
    needs!(vms, "unshare");
    if !is_root() {
        eprintln!("left out: mounting wants root");
        return;
    }
    let home = Home::new();
    home.start_daemon_on_small_disk(96, true);
    let kept = home.create(&json!({ "image": TINY, "name": "kept", "stopped": true }));
    for leave in [0, 8 << 10, 64 << 10] {
        home.create(&json!({ "image": TINY, "name": "spare", "stopped": true }));
        fill(&home, leave);
        write_until_refused(&home);
        home.api()
            .post(
                "/v1/vms?wait=true",
                &json!({ "image": TINY, "name": "new" }),
            )
            .refused(507, "no_space");
        assert_eq!(kept.show()["name"], "kept");
        // What makes room is not refused for want of it.
        home.banger("vm delete spare").run().ok();
        if leave == 0 {
            home.banger("image delete single").run().ok();
        }
        fs::remove_file(filler(&home)).unwrap();
        let new = home.create(&json!({ "image": TINY, "name": "new", "stopped": true }));
        new.delete();
    }
    let new = home.boot(TINY);
    assert_eq!(new.tell("echo here"), "here");
    new.delete();
    let vms = home.api().get("/v1/vms").ok()["vms"].clone();
    assert_eq!(vms.as_array().unwrap().len(), 1, "{vms}");
    assert_eq!(vms[0]["name"], "kept");
    let log = home.seen_by_daemon(&home.state().join("bangerd.log"));
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("the database takes writes"), "{log}");
    assert!(!log.contains("panicked"), "{log}");
}

/// Writes records until one finds no space: the log of the database grows by whole segments,
/// and the last one may have room for many.
fn write_until_refused(home: &Home) {
    for number in 0..2000 {
        let name = format!("{number}-{}", "n".repeat(200));
        let reply = home
            .api()
            .post(&format!("/v1/images/{TINY}/tag"), &json!({ "name": name }));
        if reply.status != 200 {
            reply.refused(507, "no_space");
            return;
        }
    }
    panic!("the database grows without space");
}

#[test]
fn an_import_on_a_full_disk_says_so_and_leaves_nothing() {
    needs!("unshare", "mke2fs");
    if !is_root() {
        eprintln!("left out: mounting wants root");
        return;
    }
    let home = Home::bare();
    home.start_daemon_on_small_disk(64, false);
    for leave in [0, 512 << 10] {
        fill(&home, leave);
        home.api()
            .upload("POST", "/v1/images/import?name=big", archive::busybox())
            .refused(507, "no_space");
        assert_eq!(home.api().get("/v1/images").ok()["images"], json!([]));
        assert_eq!(inside(&home, "images"), Vec::<PathBuf>::new());
        fs::remove_file(filler(&home)).unwrap();
    }
}

#[test]
fn a_pull_on_a_full_disk_says_so_and_leaves_no_image() {
    needs!("gzip", "unshare");
    if !is_root() {
        eprintln!("left out: mounting wants root");
        return;
    }
    let image = ImageLayout::new(&[("gzip", layer_tar("large", 40 << 20))]);
    let registry = Faulty::with(&image);
    let host = registry.host();
    let name = format!("{host}/app:1");
    let home = Home::bare();
    home.configure(&format!("[registries.{host:?}]\nhttp = true\n"));
    // Too small for the layer; and for the root file system beside it.
    for mib in [24, 64] {
        home.start_daemon_on_small_disk(mib, false);
        let refused = home.banger("image pull").args([&name]).run();
        refused.ended_with(1).complaining(&["space"]);
        assert_eq!(inside(&home, "images"), Vec::<PathBuf>::new());
        assert_eq!(home.api().get("/v1/images").ok()["images"], json!([]));
        home.stop_daemon();
    }
    home.start_daemon();
    home.banger("image pull").args([&name]).run().ok();
}
