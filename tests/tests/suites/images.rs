//! Images of archives: each compression, from files and pipes, and what is refused.

use std::time::Duration;

use banger_tests::{
    Home,
    archive::{self, Archive},
    needs,
    residue::eventually,
    template::DEBIAN,
};
use serde_json::json;

#[test]
fn an_archive_of_any_compression_becomes_an_image_that_boots() {
    needs!(vms, "gzip", "xz", "zstd");
    let home = Home::new();
    let tar = archive::busybox();
    for tool in ["gzip", "xz", "zstd"] {
        let path = home.scratch().join(format!("{tool}.tar"));
        std::fs::write(&path, archive::compressed(&tar, tool)).unwrap();
        home.banger(&format!("image import {} --name by-{tool}", path.display()))
            .run()
            .ok();
    }
    home.banger("image import - --name piped")
        .input(tar)
        .run()
        .ok();
    let listed = home.banger("image list -o json").run().ok().json();
    let entries = |name: &str| {
        let images = listed["images"].as_array().unwrap();
        images.iter().find(|image| image["name"] == name).unwrap()["entries"].clone()
    };
    assert_eq!(entries("by-gzip"), entries("piped"));
    assert_eq!(entries("by-xz"), entries("by-zstd"));
    let ran = home
        .banger("vm run --rm --image by-zstd -- cat /etc/passwd")
        .run()
        .ok();
    assert!(ran.out().starts_with("root:"), "{}", ran.out());
    home.banger("image delete by-gzip by-xz by-zstd piped")
        .run()
        .ok();
}

#[test]
fn hostile_and_broken_archives_are_refused_and_leave_nothing() {
    let home = Home::bare();
    home.start_daemon();
    let whole = archive::busybox();
    let cases: [(&str, Vec<u8>); 6] = [
        ("truncated", whole[..whole.len() / 2].to_vec()),
        ("garbage", b"this is no archive at all".repeat(100)),
        ("empty", Vec::new()),
        (
            "upwards",
            Archive::default()
                .file("../../etc/cron.d/x", "evil", 0o644)
                .finish(),
        ),
        ("claim", Archive::default().claim("huge", 10 << 40).finish()),
        (
            "dangling",
            Archive::default().hard_link("a", "nonesuch").finish(),
        ),
    ];
    for (name, bytes) in cases {
        let path = format!("/v1/images/import?name={name}");
        let problem = home
            .api()
            .upload("POST", &path, bytes)
            .refused(422, "bad_archive");
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|said| said.len() > 10),
            "{problem}"
        );
    }
    assert_eq!(home.api().get("/v1/images").ok()["images"], json!([]));
    assert_eq!(home.unfinished(), Vec::<std::path::PathBuf>::new());
    let names = std::fs::read_dir(home.state().join("images"))
        .unwrap()
        .count();
    assert_eq!(names, 0, "something is left on the shelf");
}

#[test]
fn an_image_build_that_was_cut_off_leaves_nothing() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let pull = json!({ "name": "debian-bookworm-minimal" });
    home.api().post("/v1/images/pull", &pull).ok();
    eventually("mmdebstrap runs", Duration::from_secs(60), || {
        home.processes()
            .iter()
            .any(|process| process.command.contains("mmdebstrap"))
    });
    home.kill_daemon();
    eventually("mmdebstrap is gone", Duration::from_secs(20), || {
        !home
            .processes()
            .iter()
            .any(|process| process.command.contains("mmdebstrap"))
    });
    home.start_daemon();
    assert_eq!(home.unfinished(), Vec::<std::path::PathBuf>::new());
    let images = home.api().get("/v1/images").ok();
    let names: Vec<_> = images["images"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| &i["name"])
        .collect();
    assert!(
        !names.contains(&&json!("debian-bookworm-minimal")),
        "{names:?}"
    );
    assert!(names.contains(&&json!(DEBIAN)), "{names:?}");
}
