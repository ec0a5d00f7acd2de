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
