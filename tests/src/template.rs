//! A state directory with a kernel and images, made once per checkout by the real daemon and
//! cloned by every test's home: files that never change as hard links, records as copies.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use nix::fcntl::{Flock, FlockArg};
use serde_json::json;

use crate::{Home, archive, checkout};

/// The kernel.
pub const KERNEL: &str = "debian-cloud";
/// A full system: systemd, git, gcc, make, Python.
pub const DEBIAN: &str = "debian-bookworm";
/// Busybox without an init; boots in the shortest time.
pub const TINY: &str = "tiny";
/// A root file system with one program, `/hello`.
pub const SINGLE: &str = "single";

/// What a part is made of: when that changes, it is made anew.
const PARTS: [(&str, &[&str]); 4] = [
    (KERNEL, &["daemon/kernel/src"]),
    (
        DEBIAN,
        &[
            "daemon/src/image_cache/catalog.rs",
            "daemon/src/image_cache/debian.rs",
            "daemon/ext4/src",
        ],
    ),
    (TINY, &["tests/src/archive.rs", "daemon/ext4/src"]),
    (SINGLE, &["tests/src/archive.rs", "daemon/ext4/src"]),
];

/// The template's state directory; makes what is missing first. Other tests, and other test
/// programs, wait for it.
pub fn state() -> &'static Path {
    static STATE: OnceLock<PathBuf> = OnceLock::new();
    STATE.get_or_init(|| {
        let directory = checkout::test_home();
        let lock = File::create(directory.join("template.lock")).expect("the lock's file");
        let lock = Flock::lock(lock, FlockArg::LockExclusive)
            .unwrap_or_else(|(_, error)| panic!("the lock: {error}"));
        let state = ensure(&directory);
        drop(lock);
        state
    })
}

fn ensure(directory: &Path) -> PathBuf {
    crate::home::sweep();
    let template = directory.join("template");
    let stamps = directory.join("stamps");
    fs::create_dir_all(&stamps).expect("a directory");
    let stale: Vec<_> = PARTS
        .iter()
        .map(|(name, sources)| (*name, checkout::fingerprint(sources).to_string()))
        .filter(|(name, stamp)| fs::read_to_string(stamps.join(name)).ok().as_ref() != Some(stamp))
        .collect();
    if !stale.is_empty() {
        eprintln!("making the tests' kernel and images; once per checkout, a few minutes");
        let home = Home::at(template.clone());
        home.start_daemon();
        for (name, stamp) in stale {
            let _ = fs::remove_file(stamps.join(name));
            make(&home, name);
            fs::write(stamps.join(name), stamp).expect("a stamp");
        }
    }
    template.join("state")
}

fn make(home: &Home, name: &str) {
    let api = home.api();
    let pull = json!({ "name": name, "force": true });
    let import = |tar: Vec<u8>| {
        api.delete(&format!("/v1/images/{name}"));
        api.upload("POST", &format!("/v1/images/import?name={name}"), tar)
    };
    match name {
        KERNEL => api.post("/v1/kernels/pull?wait=true", &pull),
        DEBIAN => api.post("/v1/images/pull?wait=true", &pull),
        TINY => import(archive::busybox()),
        _ => import(archive::single_program()),
    }
    .ok();
}

/// Clones the template's state to a directory that does not exist yet, on the same file
/// system.
pub fn clone_to(to: &Path) {
    let from = state();
    for (part, linked) in [("store", false), ("images", true), ("kernels", true)] {
        copy_tree(&from.join(part), &to.join(part), linked);
    }
}

fn copy_tree(from: &Path, to: &Path, linked: bool) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("the template") {
        let entry = entry.expect("the template");
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().expect("the template").is_dir() {
            copy_tree(&path, &target, linked);
        } else if linked {
            fs::hard_link(&path, &target).expect("a hard link");
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}
