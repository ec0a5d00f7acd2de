//! Archives that are refused, and leave nothing.

use std::fs;

use banger_tests::{
    Home,
    archive::Archive,
    registry::{Blob, ImageLayout},
};
use serde_json::{Value, json};

use super::{app, blobs};

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn tar(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let archive = files
        .iter()
        .fold(Archive::default(), |archive, (name, bytes)| {
            archive.file(name, bytes, 0o644)
        });
    archive.finish()
}

/// The files of a layout whose index is that.
fn files(layout: &ImageLayout, index: &Value) -> Vec<(String, Vec<u8>)> {
    let name = |blob: &Blob| format!("blobs/{}", blob.digest.replace(':', "/"));
    let blobs = layout.blobs().map(|blob| (name(blob), blob.bytes.clone()));
    let index = ("index.json".to_owned(), index.to_string().into_bytes());
    blobs.chain([index]).collect()
}

#[test]
fn bad_archives_are_refused_and_leave_nothing() {
    let home = Home::bare();
    home.start_daemon();
    let app = app();
    let entry = app.manifest.descriptor();
    let index = json!({ "schemaVersion": 2, "manifests": [entry] });
    let good = files(&app, &index);
    let without = |number: usize| {
        let mut files = good.clone();
        files.remove(number);
        tar(&files)
    };
    let mut changed = good.clone();
    changed[2].1[20] ^= 1;
    let with_config = |config: &Value| {
        let layout = ImageLayout::with_config(config, app.layers.clone());
        let index = json!({ "schemaVersion": 2, "manifests": [layout.manifest.descriptor()] });
        tar(&files(&layout, &index))
    };
    let mut arm: Value = serde_json::from_slice(&app.config.bytes).unwrap();
    arm["architecture"] = json!("arm64");
    let mut lies: Value = serde_json::from_slice(&app.config.bytes).unwrap();
    lies["rootfs"]["diff_ids"][1] = lies["rootfs"]["diff_ids"][0].clone();
    let old = json!({ "schemaVersion": 1, "name": "a", "fsLayers": [] });
    let old = Blob::new(OCI_MANIFEST, old.to_string().into_bytes());
    let mut locked: Value = serde_json::from_slice(&app.manifest.bytes).unwrap();
    let kind = format!("{}+encrypted", app.layers[0].media_type);
    locked["layers"][0]["mediaType"] = json!(kind);
    let locked = Blob::new(OCI_MANIFEST, locked.to_string().into_bytes());
    let instead = |manifest: &Blob| {
        let mut layout = app.clone();
        layout.manifest = manifest.clone();
        let index = json!({ "schemaVersion": 2, "manifests": [manifest.descriptor()] });
        tar(&files(&layout, &index))
    };
    let whole = tar(&good);
    let upwards =
        Archive::default()
            .file("oci-layout", "{}", 0o644)
            .file("blobs/../../x", "evil", 0o644);
    let linked = Archive::default()
        .file(
            "manifest.json",
            r#"[{"Config":"c.json","Layers":[]}]"#,
            0o644,
        )
        .symlink("c.json", "/etc/passwd");
    let cases: [(&str, Vec<u8>, &str, &str); 13] = [
        ("no manifest", without(0), "bad_image", "lacks the blob"),
        (
            "no configuration",
            without(1),
            "bad_image",
            "lacks the blob",
        ),
        ("no layer", without(3), "bad_image", "lacks the blob"),
        ("no index", without(4), "bad_image", "index.json"),
        ("wrong digest", tar(&changed), "bad_image", "has the digest"),
        (
            "other architecture",
            with_config(&arm),
            "bad_image",
            "linux/arm64",
        ),
        (
            "wrong diff id",
            with_config(&lies),
            "bad_image",
            "unpacks to",
        ),
        ("schema 1", instead(&old), "bad_image", "schema 1"),
        ("encrypted", instead(&locked), "bad_image", "encrypted"),
        (
            "truncated",
            whole[..whole.len() / 2].to_vec(),
            "bad_archive",
            "ends",
        ),
        ("upwards", upwards.finish(), "bad_archive", "blobs/../../x"),
        ("linked out", linked.finish(), "bad_archive", "c.json"),
        (
            "nothing",
            tar(&[("oci-layout".to_owned(), b"{}".to_vec())]),
            "bad_image",
            "no image",
        ),
    ];
    for (case, bytes, code, said) in cases {
        let answer = home
            .api()
            .upload("POST", "/v1/images/import?name=bad", bytes);
        let problem = answer.refused(422, code);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(said), "{case}: {detail}");
    }
    // A good one that nobody names.
    let import = |query: &str| {
        let path = format!("/v1/images/import{query}");
        home.api().upload("POST", &path, whole.clone())
    };
    import("").refused(422, "invalid_value");
    assert_eq!(home.api().get("/v1/images").ok()["images"], json!([]));
    assert_eq!(home.unfinished(), Vec::<std::path::PathBuf>::new());
    assert_eq!(blobs(&home), Vec::<String>::new());
    import("?fallback_name=good").ok();
    assert_eq!(blobs(&home).len(), 4);
    let problem = home.api().get("/v1/images/nonesuch/export");
    problem.refused(404, "image_not_found");
}

#[test]
fn an_archive_is_not_shown_on_a_terminal() {
    let home = Home::bare();
    let terminal = home.banger("image export any").on_terminal();
    terminal.shows("-o FILE");
    assert_eq!(terminal.code(), 2);
    home.banger("image export nonesuch -o none.tar")
        .run()
        .ended_with(1)
        .complaining(&["nonesuch"]);
    let empty = home.scratch().join("empty");
    fs::create_dir(&empty).unwrap();
    let refused = home.banger("image import").args([&empty]).run();
    refused.ended_with(2).complaining(&["oci-layout"]);
    assert_eq!(fs::read_dir(home.scratch()).unwrap().count(), 1);
}
