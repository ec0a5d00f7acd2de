//! Images of archives that skopeo writes and reads: OCI layouts, OCI archives, `docker save`.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::Path,
    time::Duration,
};

use banger_tests::{
    Banger, Home,
    archive::{self, Archive},
    needs,
    registry::{Blob, ImageLayout},
    residue::eventually,
};
use serde_json::{Value, json};

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A small system in two layers: the second adds a file, and removes another of the first.
fn app() -> ImageLayout {
    packed_with("zstd")
}

/// The same, the second layer packed with that.
fn packed_with(program: &str) -> ImageLayout {
    let above = Archive::default()
        .file("etc/.wh.made-by", "", 0o644)
        .file("srv/page", "from above\n", 0o644)
        .finish();
    let run = json!({
        "Env": ["GREETING=hello there", "PATH=/usr/bin:/bin"],
        "Entrypoint": ["/bin/sh", "-c"],
        "Cmd": ["echo $GREETING from $(pwd); cat page; ls /etc; exit 7"],
        "WorkingDir": "/srv",
    });
    ImageLayout::that_runs(&run, &[("gzip", archive::busybox()), (program, above)])
}

const SAYS: &str = "hello there from /srv\nfrom above\ngroup\npasswd\n";

/// What the app says in a VM. The kernel's names in /etc are those that each VM gets.
fn says(home: &Home, image: &str) -> String {
    let ran = home.banger("vm run --rm --image").args([image]).run();
    let out = ran.ended_with(7).out();
    let own = ["hostname", "hosts", "resolv.conf"];
    let lines = out.lines().filter(|line| !own.contains(line));
    lines.map(|line| format!("{line}\n")).collect()
}

fn copy(from: &str, to: &str) {
    let skopeo = Banger::call("skopeo").args(["--insecure-policy", "copy", "--quiet", from, to]);
    skopeo.run().ok();
}

fn inspected(archive: &Path, format: &str) -> Value {
    let archive = format!("{format}:{}", archive.display());
    let skopeo = Banger::call("skopeo").args(["inspect", &archive]);
    skopeo.run().ok().json()
}

fn show(home: &Home, image: &str) -> Value {
    let shown = home.banger("image show -o json").args([image]).run();
    shown.ok().json()
}

/// The names of what is in the layers' store.
fn blobs(home: &Home) -> Vec<String> {
    let folders = ["blobs/sha256", "blobs/sha512", "blobs/incoming"];
    let folders = folders.iter().map(|folder| home.state().join(folder));
    let files = folders.flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    files
        .map(|file| file.file_name().into_string().unwrap())
        .collect()
}

#[test]
fn a_layout_an_archive_and_a_saved_image_each_boot_as_they_would_run() {
    needs!(vms, "skopeo");
    let home = Home::new();
    let (app, at) = (app(), home.scratch());
    let layout = at.join("layout");
    app.write(&layout);
    let from = format!("oci:{}:latest", layout.display());
    let archive = at.join("archive.tar");
    copy(
        &from,
        &format!("oci-archive:{}:org/app:oci", archive.display()),
    );
    // Docker knows no zstd.
    packed_with("gzip").write(&at.join("gzip"));
    let from = format!("oci:{}:latest", at.join("gzip").display());
    let saved = at.join("saved.tar");
    copy(
        &from,
        &format!("docker-archive:{}:org/app:saved", saved.display()),
    );

    // From standard input, as of `docker save`; named by what it says itself.
    let bytes = fs::read(&saved).unwrap();
    let imported = home.banger("image import -").input(bytes).run().ok();
    assert!(
        imported.err().contains("org/app:saved"),
        "{}",
        imported.err()
    );
    assert_eq!(says(&home, "org/app:saved"), SAYS);
    let of_saved = show(&home, "org/app:saved");
    assert_eq!(of_saved["source"]["type"], "oci_archive");
    assert_eq!(of_saved["config"]["working_dir"], "/srv");
    assert_eq!(of_saved["layers"].as_array().unwrap().len(), 2);

    let import = |path: &Path| home.banger("image import").args([path]);
    import(&archive).run().ok();
    assert_eq!(says(&home, "org/app:oci"), SAYS);
    // The directory's tag is no name: the directory has one. It is the same image.
    import(&layout).run().ok();
    assert_eq!(says(&home, "layout"), SAYS);
    let (of_archive, of_layout) = (show(&home, "org/app:oci"), show(&home, "layout"));
    assert_eq!(of_layout["digest"], app.manifest.digest);
    assert_eq!(of_layout["id"], of_archive["id"]);
    assert_eq!(of_layout["entries"], of_saved["entries"]);

    // A name is not taken away from another.
    import(&archive)
        .run()
        .ended_with(1)
        .complaining(&["org/app:oci", "already"]);
    import(&archive).args(["--name", "mine"]).run().ok();
    assert_eq!(show(&home, "mine")["id"], of_layout["id"]);

    // With the last name all goes, layers too.
    for name in ["mine", "layout", "org/app:oci", "org/app:saved"] {
        home.banger("image delete").args([name]).run().ok();
    }
    eventually("the layers go", Duration::from_secs(20), || {
        blobs(&home).is_empty()
    });
}

#[test]
fn an_image_of_layers_is_exported_as_it_came() {
    needs!("skopeo");
    let home = Home::bare();
    let (app, at) = (app(), home.scratch());
    app.write(&at.join("layout"));
    home.banger("image import layout --name app").run().ok();
    // A sweep leaves all of it, the configuration too.
    home.banger("image prune --older-than 1h").run().ok();
    home.banger("image export app -o app.tar").run().ok();
    let archive = at.join("app.tar");
    let told = inspected(&archive, "oci-archive");
    assert_eq!(told["Digest"], app.manifest.digest);
    copy(
        &format!("oci-archive:{}", archive.display()),
        &format!("oci:{}:again", at.join("again").display()),
    );
    for blob in app.blobs() {
        let hex = blob.digest.strip_prefix("sha256:").unwrap();
        let copied = fs::read(at.join("again/blobs/sha256").join(hex)).unwrap();
        assert!(copied == blob.bytes, "{} changed", blob.media_type);
    }
    // What comes back is the same image, under the name that the archive says.
    home.banger("image tag app org/app:2").run().ok();
    home.banger("image delete app").run().ok();
    home.banger("image export org/app:2 -o app.tar").run().ok();
    home.banger("image delete org/app:2").run().ok();
    home.banger("image import app.tar").run().ok();
    assert_eq!(show(&home, "org/app:2")["digest"], app.manifest.digest);
    assert_eq!(
        fs::read_dir(&at).unwrap().count(),
        3,
        "something is left beside it"
    );
}

/// Every path below a directory with what tells it apart.
fn tree(root: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let of = path.symlink_metadata().unwrap();
            let content = if of.is_dir() {
                // tar is not strict about their times.
                directories.push(path.clone());
                String::new()
            } else if of.is_symlink() {
                fs::read_link(&path).unwrap().display().to_string()
            } else if of.file_type().is_char_device() {
                of.rdev().to_string()
            } else {
                let bytes = Blob::new("", fs::read(&path).unwrap());
                format!("{} {} {}", of.mtime(), of.nlink(), bytes.digest)
            };
            let name = path.strip_prefix(root).unwrap().display().to_string();
            let about = format!("{:o} {} {} {content}", of.mode(), of.uid(), of.gid());
            all.insert(name, about);
        }
    }
    all
}

#[test]
fn a_root_file_system_goes_out_and_comes_back_the_same() {
    needs!(vms, "skopeo", "umoci", "tar");
    let home = Home::new();
    let at = home.scratch();
    let long = format!("srv/{}", "n".repeat(90));
    let more = Archive::default()
        .file(&long, "long\n", 0o4711)
        .hard_link("srv/other", &long)
        .symlink("srv/far", &"t/".repeat(48))
        .device("dev/null", 1, 3)
        .finish();
    // Two archives in one, the first without its end.
    let mut tar = archive::busybox();
    tar.truncate(tar.len() - 1024);
    tar.extend(more);
    fs::write(at.join("rootfs.tar"), &tar).unwrap();
    home.banger("image import rootfs.tar --name first")
        .run()
        .ok();
    home.banger("image export first -o first.tar").run().ok();
    let archive = at.join("first.tar");
    let told = inspected(&archive, "oci-archive");
    assert_eq!(told["Architecture"], "amd64");
    assert_eq!(told["Layers"].as_array().unwrap().len(), 1);
    // Others unpack the tree that tar does.
    copy(
        &format!("oci-archive:{}", archive.display()),
        &format!("oci:{}:one", at.join("layout").display()),
    );
    let unpack = ["unpack", "--image", "layout:one", "bundle"];
    Banger::call("umoci").args(unpack).dir(&at).run().ok();
    fs::create_dir(at.join("tree")).unwrap();
    let extract = ["-xpf", "rootfs.tar", "-C", "tree", "--numeric-owner"];
    Banger::call("tar").args(extract).dir(&at).run().ok();
    let (by_umoci, by_tar) = (tree(&at.join("bundle/rootfs")), tree(&at.join("tree")));
    for (path, about) in &by_tar {
        assert_eq!(by_umoci.get(path), Some(about), "{path}");
    }
    assert_eq!(by_umoci.len(), by_tar.len());

    // Back again it is an image of one layer, which goes out bit for bit from then on.
    home.banger("image import first.tar --name second")
        .run()
        .ok();
    let (first, second) = (show(&home, "first"), show(&home, "second"));
    assert_eq!(second["digest"], told["Digest"]);
    let entries = |image: &Value| image["entries"].as_u64().unwrap();
    // The root directory has an entry of its own there.
    assert_eq!(entries(&second), entries(&first) + 1);
    home.banger("image export second -o second.tar").run().ok();
    assert_eq!(
        inspected(&at.join("second.tar"), "oci-archive")["Digest"],
        told["Digest"]
    );
    // The same image makes the same archive, to a file or a pipe.
    let piped = at.join("piped.tar");
    let banger = home.banger("image export first").start();
    let out = banger.wait_with_output().unwrap();
    fs::write(&piped, &out.stdout).unwrap();
    assert!(fs::read(&piped).unwrap() == fs::read(&archive).unwrap());

    let script = "stat -c '%a %h' /srv/other; cat /srv/n*; ls -l /dev/null | cut -c1";
    let ran = home
        .banger("vm run --rm --image second -- sh -c")
        .args([script])
        .run();
    assert_eq!(ran.ok().out(), "4711 2\nlong\nc\n");
    let ran = home.banger("vm run --rm --image second -- id -u").run();
    assert_eq!(ran.ok().out(), "0\n");
}

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
