//! Layers that were made to do harm: through a registry they end as errors, or inside of the
//! image, with bounded memory and disk.

use std::{fs, io::Write, os::unix::fs::MetadataExt, path::Path};

use banger_tests::{
    Home,
    archive::{self, Archive},
    needs,
    registry::{Blob, Faulty, ImageLayout},
};
use serde_json::{Value, json};

const GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const ZSTD: &str = "application/vnd.oci.image.layer.v1.tar+zstd";

/// What the daemon may have in memory at most while it refuses, in KiB.
const MEMORY_KIB: u64 = 768 * 1024;

/// What an attempt may leave in the state directory beside the layer itself, in bytes.
const DISK: u64 = 4 << 20;

/// An image of layers as they are, whatever they unpack to.
fn image_of(layers: Vec<Blob>) -> ImageLayout {
    let diff_ids: Vec<Value> = layers.iter().map(|of| json!(of.digest)).collect();
    let config = json!({
        "architecture": "amd64", "os": "linux",
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
    });
    ImageLayout::with_config(&config, layers)
}

/// Both take one stream after the other as one.
fn repeated(once: &[u8], times: usize) -> Vec<u8> {
    let mut all = Vec::new();
    for _ in 0..times {
        all.write_all(once).unwrap();
    }
    all
}

/// The bytes that files under a directory have on disk.
fn on_disk(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(of) if of.is_dir() => on_disk(&entry.path()),
            Ok(of) => of.blocks() * 512,
            Err(_) => 0,
        })
        .sum()
}

fn most_memory_kib(pid: i32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.unwrap().split_whitespace().nth(1).unwrap();
    number.parse().unwrap()
}

#[test]
fn what_would_fill_memory_or_disk_is_refused() {
    needs!("gzip", "zstd");
    let zeros = vec![0; 64 << 20];
    let many: Archive = (0..10_000).fold(Archive::default(), |archive, number| {
        archive.file(&format!("f{number}"), "", 0o644)
    });
    let many = many.finish();
    // Without the two blocks that end an archive.
    let many = archive::compressed(&many[..10_000 * 512], "gzip");
    let claim = Archive::default().claim("hole", 60 << 30).finish();
    let begun = archive::compressed(&claim[..512], "zstd");
    let zstd_zeros = archive::compressed(&zeros, "zstd");
    let nested = (0..3).fold(zstd_zeros.clone(), |inner, _| {
        archive::compressed(&repeated(&inner, 1000), "zstd")
    });
    let cases = [
        (
            "ten million members",
            Blob::new(GZIP, repeated(&many, 1000)),
            "members",
        ),
        (
            "60 GiB of zeros, which an image may have",
            Blob::new(ZSTD, [begun, repeated(&zstd_zeros, 960)].concat()),
            "layer",
        ),
        (
            "a file larger than images may be",
            Blob::new(
                GZIP,
                archive::compressed(
                    &Archive::default().claim("hole", 100 << 30).finish(),
                    "gzip",
                ),
            ),
            "hole",
        ),
        (
            "zeros in place of members",
            Blob::new(ZSTD, repeated(&zstd_zeros, 1600)),
            "layer",
        ),
        ("zstd in zstd in zstd", Blob::new(ZSTD, nested), "layer"),
    ];
    for (what, layer, word) in cases {
        let home = Home::bare();
        let size = layer.bytes.len() as u64;
        let registry = Faulty::with(&image_of(vec![layer]));
        let host = registry.host();
        home.configure(&format!("[registries.{host:?}]\nhttp = true\n"));
        home.start_daemon();
        let before = on_disk(&home.state());
        let refused = home.banger(&format!("image pull {host}/app:1")).run();
        refused.ended_with(1).complaining(&[word]);
        assert!(home.unfinished().is_empty(), "{what}");
        let grown = on_disk(&home.state()) - before;
        assert!(grown < size + DISK, "{what}: {grown} bytes beside {size}");
        let memory = most_memory_kib(home.daemon_pid().unwrap());
        assert!(memory < MEMORY_KIB, "{what}: {memory} KiB");
    }
}

#[test]
fn nothing_leads_out_of_an_image() {
    let home = Home::bare();
    let outside = home.scratch().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("kept"), "kept").unwrap();
    let to = outside.to_str().unwrap();
    let below = Archive::default()
        .symlink("link", to)
        .dir("dir", 0o755)
        .file("dir/kept", "inside", 0o644)
        .finish();
    // By a link, by a directory that becomes one, and by whiteouts through it.
    let through = Archive::default()
        .file("link/through", "evil", 0o644)
        .file("link/.wh.kept", "", 0o644)
        .symlink("dir", to)
        .file("dir/replaced", "evil", 0o644)
        .file("dir/.wh..wh..opq", "", 0o644)
        .finish();
    let upwards = Archive::default().file("../../up", "evil", 0o644).finish();
    let target = format!("../..{to}/kept");
    let hard = Archive::default().hard_link("hard", &target).finish();
    for above in [through, upwards, hard] {
        let layers = [("", below.clone()), ("", above)];
        let registry = Faulty::with(&ImageLayout::new(&layers));
        let host = registry.host();
        home.configure(&format!("[registries.{host:?}]\nhttp = true\n"));
        home.start_daemon();
        let pulled = home.banger(&format!("image pull {host}/app:1")).run();
        // Refused, or all inside of the image.
        assert!([0, 1].contains(&pulled.code()), "{}", pulled.err());
        home.stop_daemon();
    }
    let left: Vec<_> = fs::read_dir(&outside).unwrap().flatten().collect();
    assert_eq!(left.len(), 1);
    assert_eq!(fs::read(outside.join("kept")).unwrap(), b"kept");
}
