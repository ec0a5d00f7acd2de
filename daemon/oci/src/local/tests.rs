//! Whole archives: read, refused, written and read again.

use super::*;
use crate::blobs::BlobStore;
use crate::digest::Digest;
use crate::manifest::{ManifestError, media_type};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::Write as _;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The tar of a layer with one file.
fn layer(text: &str) -> Vec<u8> {
    tar(&[("file", text.as_bytes().to_vec())])
}

fn tar(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = ::tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        builder
            .append_data(&mut header, name, bytes.as_slice())
            .unwrap();
    }
    builder.into_inner().unwrap()
}

fn config(layers: &[&[u8]], architecture: &str) -> Vec<u8> {
    let diff_ids: Vec<String> = layers.iter().map(|l| Digest::of(l).to_string()).collect();
    let config = json!({
        "architecture": architecture, "os": "linux",
        "config": {"Env": ["A=b"]},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    });
    config.to_string().into_bytes()
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": Digest::of(bytes).to_string(), "size": bytes.len()})
}

fn blob(bytes: &[u8]) -> (String, Vec<u8>) {
    (
        format!("blobs/sha256/{}", Digest::of(bytes).hex()),
        bytes.to_vec(),
    )
}

fn manifest(config: &[u8], layers: &[&[u8]]) -> Vec<u8> {
    let layers: Vec<Value> = layers
        .iter()
        .map(|bytes| descriptor(media_type::OCI_LAYER, bytes))
        .collect();
    json!({"schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST,
        "config": descriptor(media_type::OCI_CONFIG, config), "layers": layers})
    .to_string()
    .into_bytes()
}

/// The files of a layout with one image, its index last.
fn layout(name: &str) -> Vec<(String, Vec<u8>)> {
    let tar = layer("hello");
    let config = config(&[&tar], "amd64");
    let manifest = manifest(&config, &[&tar]);
    let mut entry = descriptor(media_type::OCI_MANIFEST, &manifest);
    entry["annotations"] = json!({"org.opencontainers.image.ref.name": name});
    let index = json!({"schemaVersion": 2, "manifests": [entry]});
    vec![
        blob(&tar),
        blob(&config),
        blob(&manifest),
        ("index.json".to_owned(), index.to_string().into_bytes()),
    ]
}

/// The files of `docker save`, in the form that it had until version 25.
fn saved(architecture: &str) -> Vec<(String, Vec<u8>)> {
    let tar = layer("hello");
    let config = config(&[&tar, &tar], architecture);
    let id = Digest::of(&config).hex().to_owned();
    let list = json!([{"Config": format!("{id}.json"), "RepoTags": ["app:1"],
        "Layers": ["a/layer.tar", "b/layer.tar"]}]);
    vec![
        ("a/VERSION".to_owned(), b"1.0".to_vec()),
        ("a/layer.tar".to_owned(), tar.clone()),
        ("b/layer.tar".to_owned(), tar),
        (format!("{id}.json"), config),
        ("manifest.json".to_owned(), list.to_string().into_bytes()),
        ("repositories".to_owned(), b"{}".to_vec()),
    ]
}

fn pack(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let files: Vec<(&str, Vec<u8>)> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.clone()))
        .collect();
    tar(&files)
}

struct Bench {
    _directory: tempfile::TempDir,
    blobs: BlobStore,
}

impl Bench {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Bench {
            blobs: BlobStore::open(directory.path()).unwrap(),
            _directory: directory,
        }
    }

    fn read(&self, archive: &[u8]) -> Result<Local, LocalError> {
        read(archive, &self.blobs, &mut |_| {}, &AtomicBool::new(false))
    }

    /// What is refused, and that a sweep leaves nothing of it.
    fn refused(archive: &[u8]) -> LocalError {
        let bench = Self::new();
        let error = bench.read(archive).unwrap_err();
        let swept = bench.blobs.sweep(&HashSet::new(), Duration::ZERO).unwrap();
        let again = bench.blobs.sweep(&HashSet::new(), Duration::ZERO).unwrap();
        assert_eq!(again.files, 0, "{swept:?}");
        let incoming = bench._directory.path().join("incoming");
        assert_eq!(std::fs::read_dir(incoming).unwrap().count(), 0);
        error
    }
}

#[test]
fn a_layout_is_read_plain_and_packed() {
    let plain = pack(&layout("alpine:3.20"));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    for archive in [plain, gzip.finish().unwrap()] {
        let bench = Bench::new();
        let local = bench.read(&archive).unwrap();
        assert_eq!(local.name.as_deref(), Some("alpine:3.20"));
        assert_eq!(local.image.config.env, ["A=b"]);
        // It is held, whoever sweeps.
        bench.blobs.sweep(&HashSet::new(), Duration::ZERO).unwrap();
        for digest in local.image.digests() {
            assert!(bench.blobs.size(digest).is_some());
        }
    }
}

#[test]
fn a_saved_image_is_read_and_always_has_the_same_digest() {
    let bench = Bench::new();
    let first = bench.read(&pack(&saved("amd64"))).unwrap();
    assert_eq!(first.name.as_deref(), Some("app:1"));
    assert_eq!(first.image.manifest.layers.len(), 2);
    let mut turned = saved("amd64");
    turned.reverse();
    let second = Bench::new().read(&pack(&turned)).unwrap();
    assert_eq!(first.image.digest, second.image.digest);
    let digest = &first.image.digest;
    assert!(bench.blobs.read(digest, 1 << 20).is_ok());
}

#[test]
fn links_between_layers_are_followed() {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, bytes) in saved("amd64") {
        let mut header = ::tar::Header::new_gnu();
        header.set_mode(0o644);
        if name == "b/layer.tar" {
            header.set_entry_type(::tar::EntryType::Symlink);
            header.set_size(0);
            builder
                .append_link(&mut header, &name, "../a/layer.tar")
                .unwrap();
        } else {
            header.set_size(bytes.len() as u64);
            builder
                .append_data(&mut header, &name, bytes.as_slice())
                .unwrap();
        }
    }
    let archive = builder.into_inner().unwrap();
    let linked = Bench::new().read(&archive).unwrap();
    let plain = Bench::new().read(&pack(&saved("amd64"))).unwrap();
    assert_eq!(linked.image.digest, plain.image.digest);
}

#[test]
fn both_forms_in_one_archive_are_the_layout_with_dockers_name() {
    let mut files = layout("latest");
    let config_name = files[1].0.clone();
    let list = json!([{"Config": config_name, "RepoTags": ["app:2"], "Layers": [files[0].0]}]);
    files.push(("manifest.json".to_owned(), list.to_string().into_bytes()));
    let both = Bench::new().read(&pack(&files)).unwrap();
    let alone = Bench::new().read(&pack(&layout("x"))).unwrap();
    assert_eq!(both.image.digest, alone.image.digest);
    assert_eq!(both.name.as_deref(), Some("app:2"));
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let without = |number: usize| {
        let mut files = layout("a");
        files.remove(number);
        Bench::refused(&pack(&files))
    };
    for number in 0..3 {
        assert!(
            matches!(without(number), LocalError::Missing(_)),
            "{number}"
        );
    }
    assert!(matches!(without(3), LocalError::NoIndex));
    let mut wrong = layout("a");
    wrong[0].1[0] ^= 1;
    assert!(matches!(
        Bench::refused(&pack(&wrong)),
        LocalError::WrongDigest { .. }
    ));
    let whole = pack(&layout("a"));
    for length in [whole.len() / 3, whole.len() / 2, whole.len() - 1200] {
        assert!(matches!(
            Bench::refused(&whole[..length]),
            LocalError::Archive(_)
        ));
    }
    let mut files = saved("amd64");
    files.remove(2);
    assert!(matches!(
        Bench::refused(&pack(&files)),
        LocalError::Missing(name) if name == "b/layer.tar"
    ));
}

#[test]
fn what_cannot_be_run_is_told() {
    assert!(matches!(
        Bench::refused(&pack(&saved("arm64"))),
        LocalError::Manifest(ManifestError::OtherPlatform(_))
    ));
    let old = pack(&[("repositories".to_owned(), b"{}".to_vec())]);
    assert!(matches!(Bench::refused(&old), LocalError::OldArchive));
    let list = json!([{"Config": "a", "RepoTags": ["a:1"]}, {"Config": "b"}]);
    let several = pack(&[("manifest.json".to_owned(), list.to_string().into_bytes())]);
    assert!(matches!(
        Bench::refused(&several),
        LocalError::Several(names) if names == ["a:1", "b"]
    ));
    for text in ["[]", "{}", "[{}]", "<", "null"] {
        let archive = pack(&[("manifest.json".to_owned(), text.as_bytes().to_vec())]);
        assert!(matches!(
            Bench::refused(&archive),
            LocalError::Empty | LocalError::Malformed(_)
        ));
    }
    for text in [
        r#"{"schemaVersion":2,"manifests":[]}"#,
        r#"{"schemaVersion":1}"#,
        "[",
    ] {
        let archive = pack(&[("index.json".to_owned(), text.as_bytes().to_vec())]);
        assert!(matches!(
            Bench::refused(&archive),
            LocalError::Empty | LocalError::Manifest(_)
        ));
    }
}

#[test]
fn of_several_images_none_is_guessed() {
    let mut files = layout("a");
    let mut index: Value = serde_json::from_slice(&files[3].1).unwrap();
    let mut other = index["manifests"][0].clone();
    other["annotations"] = json!({"org.opencontainers.image.ref.name": "b"});
    index["manifests"]
        .as_array_mut()
        .unwrap()
        .push(other.clone());
    files[3].1 = index.to_string().into_bytes();
    // One image under two names.
    assert!(Bench::new().read(&pack(&files)).is_ok());
    other["digest"] = json!(Digest::of(b"other").to_string());
    index["manifests"][1] = other.clone();
    files[3].1 = index.to_string().into_bytes();
    assert!(matches!(
        Bench::refused(&pack(&files)),
        LocalError::Several(names) if names == ["a", "b"]
    ));
    // The second is for another platform.
    index["manifests"][1]["platform"] = json!({"os": "linux", "architecture": "arm64"});
    files[3].1 = index.to_string().into_bytes();
    assert!(Bench::new().read(&pack(&files)).is_ok());
}

#[test]
fn what_is_written_is_read_as_the_same() {
    let bench = Bench::new();
    let local = bench.read(&pack(&layout("web"))).unwrap();
    let image = &local.image;
    let content = Content {
        manifest: crate::manifest::Descriptor::new(
            media_type::OCI_MANIFEST,
            image.digest.clone(),
            image.manifest_bytes.len() as u64,
        ),
        manifest_bytes: image.manifest_bytes.clone(),
        config: image.manifest.config.digest.clone(),
        config_bytes: image.config_bytes.clone(),
        layers: image
            .manifest
            .layers
            .iter()
            .map(|layer| (layer.descriptor.digest.clone(), layer.descriptor.size))
            .collect(),
        name: local.name.clone(),
    };
    let open = |digest: &Digest| bench.blobs.reader(digest).map_err(std::io::Error::other);
    let mut archive = Vec::new();
    write(&content, open, &mut archive).unwrap();
    assert!(is_image(&archive));
    let again = Bench::new();
    let read = again.read(&archive).unwrap();
    assert_eq!(read.image.digest, image.digest);
    assert_eq!(read.name.as_deref(), Some("web"));
    let mut twice = Vec::new();
    write(&content, open, &mut twice).unwrap();
    assert!(archive == twice);
    // A layer that is shorter than said must not look complete.
    let short = |_: &Digest| Ok(&b"short"[..]);
    assert!(write(&content, short, &mut Vec::new()).is_err());
}

#[test]
fn reading_stops_when_asked_to() {
    let archive = pack(&layout("a"));
    let bench = Bench::new();
    let stopped = read(
        archive.as_slice(),
        &bench.blobs,
        &mut |_| {},
        &AtomicBool::new(true),
    );
    assert!(matches!(stopped, Err(LocalError::Cancelled)));
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..2000),
        cut in 0usize..6000,
    ) {
        let bench = Bench::new();
        let _ = bench.read(&bytes);
        let mut archive = pack(&saved("amd64"));
        archive.truncate(cut);
        archive.extend_from_slice(&bytes);
        let _ = bench.read(&archive);
        let _ = is_image(&archive);
    }
}
