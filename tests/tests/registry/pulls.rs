//! Pulls from Debian's registry.

use std::fs;

use banger_config::RegistrySettings;
use banger_oci::{
    manifest::{Compression, ManifestError},
    registry::{Puller, RegistryError},
};
use banger_tests::{
    needs,
    registry::{Blob, DebianRegistry, Faulty, ImageLayout, PASSWORD, USER, layer_tar},
};
use serde_json::json;

use crate::puller::{Pulling, block_on, http};

fn image() -> ImageLayout {
    ImageLayout::new(&[
        ("gzip", layer_tar("a", 3_000_000)),
        ("zstd", layer_tar("b", 200_000)),
        ("", layer_tar("c", 10)),
    ])
}

#[test]
fn an_image_is_pulled_whole_and_the_second_time_for_nothing() {
    needs!("docker-registry", "skopeo");
    let registry = DebianRegistry::plain();
    let image = image();
    registry.push(&image, "org/app:1");
    let pulling = Pulling::plain(&registry.host());
    let name = format!("{}/org/app:1", registry.host());
    let (resolved, fetched) = pulling.pull(&name).unwrap();
    assert_eq!(resolved.digest.to_string(), image.manifest.digest);
    assert_eq!(resolved.image.digest, resolved.digest);
    assert_eq!(resolved.image.config.env, ["A=b"]);
    assert_eq!(resolved.image.config.user, "1000");
    let packed: Vec<Compression> = resolved
        .image
        .manifest
        .layers
        .iter()
        .map(|layer| layer.compression)
        .collect();
    assert_eq!(
        packed,
        [Compression::Gzip, Compression::Zstd, Compression::None]
    );
    let bytes: usize = image.layers.iter().map(|layer| layer.bytes.len()).sum();
    assert_eq!(fetched.downloaded, bytes as u64);
    pulling.has_exactly(&image);
    // Every layer's last word is that it is whole.
    for layer in &image.layers {
        assert!(pulling.told(|event| matches!(event,
            banger_oci::registry::Event::Layer { digest, done, total }
                if digest.to_string() == layer.digest && done == total)));
    }

    let (_, again) = pulling.pull(&name).unwrap();
    assert_eq!(again.downloaded, 0);
    let by_digest = format!("{}/org/app@{}", registry.host(), image.manifest.digest);
    assert_eq!(pulling.resolve(&by_digest).unwrap().digest, resolved.digest);
}

#[test]
fn docker_schema_2_is_an_image_too() {
    needs!("docker-registry", "skopeo");
    let registry = DebianRegistry::plain();
    let layout = tempfile::tempdir().unwrap();
    ImageLayout::new(&[("gzip", layer_tar("a", 1000))]).write(layout.path());
    let source = format!("oci:{}:latest", layout.path().display());
    registry.copy(&source, "app:1", &["--format=v2s2"]);
    let pulling = Pulling::plain(&registry.host());
    let (resolved, _) = pulling.pull(&format!("{}/app:1", registry.host())).unwrap();
    let media_type = &resolved.image.manifest.layers[0].descriptor.media_type;
    assert!(
        media_type.starts_with("application/vnd.docker."),
        "{media_type}"
    );
}

#[test]
fn passwords_are_asked_for_and_kept_once_they_work() {
    needs!("docker-registry", "skopeo", "htpasswd");
    let registry = DebianRegistry::with_passwords();
    let image = image();
    registry.push(&image, "app:1");
    let host = registry.host();
    let pulling = Pulling::plain(&host);
    let name = format!("{host}/app:1");
    let error = pulling.resolve(&name).err().unwrap();
    assert!(
        matches!(error, RegistryError::Unauthorized { known: false, .. }),
        "{error}"
    );
    assert_eq!(error.hint().unwrap(), format!("banger image login {host}"));

    let puller = Puller::new(pulling.options.clone());
    let error = block_on(puller.login(&host, USER, "wrong")).unwrap_err();
    assert!(
        matches!(error, RegistryError::LoginRefused { .. }),
        "{error}"
    );
    assert!(!pulling.directory.path().join("logins.json").exists());
    block_on(puller.login(&host, USER, PASSWORD)).unwrap();
    pulling.pull(&name).unwrap();
    pulling.has_exactly(&image);
    assert!(block_on(puller.logout(&host)).unwrap());
    assert!(pulling.resolve(&name).is_err());
}

#[test]
fn dockers_own_logins_count() {
    needs!("docker-registry", "skopeo", "htpasswd");
    let registry = DebianRegistry::with_passwords();
    registry.push(&image(), "app:1");
    let mut pulling = Pulling::plain(&registry.host());
    let config = pulling.directory.path().join("config.json");
    let auth = json!({"username": USER, "password": PASSWORD});
    fs::write(
        &config,
        json!({"auths": {registry.host(): auth}}).to_string(),
    )
    .unwrap();
    pulling.options.credentials.docker_config = Some(config.clone());
    let name = format!("{}/app:1", registry.host());
    pulling.resolve(&name).unwrap();

    let auth = json!({"username": USER, "password": "old"});
    fs::write(
        &config,
        json!({"auths": {registry.host(): auth}}).to_string(),
    )
    .unwrap();
    let error = pulling.resolve(&name).err().unwrap();
    assert!(
        matches!(error, RegistryError::Unauthorized { known: true, .. }),
        "{error}"
    );
}

#[test]
fn an_identity_token_is_changed_for_an_access_token() {
    let image = image();
    let registry = Faulty::with(&image);
    registry.ask_for_identity("for-a-year");
    let host = registry.host();
    let mut pulling = Pulling::plain(&host);
    let config = pulling.directory.path().join("config.json");
    let keep = |token: &str| {
        let auth = json!({"identitytoken": token});
        let config_json = json!({"auths": {host.as_str(): auth}});
        fs::write(&config, config_json.to_string()).unwrap();
    };
    keep("for-a-year");
    pulling.options.credentials.docker_config = Some(config.clone());
    let name = format!("{host}/app:1");
    pulling.pull(&name).unwrap();
    pulling.has_exactly(&image);
    let asked = registry.requests("/token");
    assert_eq!(asked.len(), 1, "one token for all of a pull");
    assert!(
        asked[0].body.contains("scope=repository%3Aapp%3Apull"),
        "{asked:?}"
    );

    keep("old");
    let error = pulling.resolve(&name).err().unwrap();
    assert!(
        matches!(error, RegistryError::Unauthorized { known: true, .. }),
        "{error}"
    );
}

#[test]
fn a_private_authority_is_trusted_where_the_settings_say_so() {
    needs!("docker-registry", "skopeo", "openssl");
    let registry = DebianRegistry::with_tls();
    let image = image();
    registry.push(&image, "app:1");
    let host = registry.host();
    let name = format!("{host}/app:1");
    let error = Pulling::new(&[]).resolve(&name).err().unwrap();
    assert!(
        matches!(error, RegistryError::Certificate { .. }),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("ca ="));

    let trusting = RegistrySettings {
        ca: Some(registry.authority()),
        ..RegistrySettings::default()
    };
    let pulling = Pulling::new(&[(&host, trusting)]);
    pulling.pull(&name).unwrap();
    pulling.has_exactly(&image);

    let error = Pulling::plain(&host).resolve(&name).err().unwrap();
    assert!(
        matches!(error, RegistryError::NotPlainHttp { .. }),
        "{error}"
    );
    let missing = RegistrySettings {
        ca: Some("/nonexistent/ca.pem".into()),
        ..RegistrySettings::default()
    };
    let error = Pulling::new(&[(&host, missing)])
        .resolve(&name)
        .err()
        .unwrap();
    assert!(matches!(error, RegistryError::Authority { .. }), "{error}");
}

#[test]
fn what_is_not_there_is_told() {
    needs!("docker-registry", "skopeo");
    let registry = DebianRegistry::plain();
    registry.push(&image(), "app:1");
    let host = registry.host();
    let missing = |name: &str| Pulling::plain(&host).resolve(name).err().unwrap();
    for name in ["app:2", "other:1"] {
        let error = missing(&format!("{host}/{name}"));
        assert!(matches!(error, RegistryError::NotFound { .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
    let error = Pulling::new(&[])
        .resolve(&format!("{host}/app:1"))
        .err()
        .unwrap();
    assert!(matches!(error, RegistryError::PlainHttp { .. }), "{error}");
    assert!(error.hint().unwrap().contains("http = true"));
    // Nothing listens on the discard port.
    let error = Pulling::plain("127.0.0.1:9")
        .resolve("127.0.0.1:9/app")
        .err()
        .unwrap();
    assert!(
        matches!(error, RegistryError::Unreachable { .. }),
        "{error}"
    );
    let error = Pulling::new(&[])
        .resolve("nowhere.invalid/app")
        .err()
        .unwrap();
    assert!(
        matches!(error, RegistryError::Unreachable { .. }),
        "{error}"
    );
}

#[test]
fn an_index_gives_the_image_for_this_platform() {
    needs!("docker-registry", "skopeo");
    let registry = DebianRegistry::plain();
    let ours = image();
    let other = json!({"architecture": "arm64", "os": "linux",
        "rootfs": {"diff_ids": [ours.layers[0].digest]}});
    let other = ImageLayout::with_config(&other, vec![ours.layers[0].clone()]);
    let index = |images: &[(&ImageLayout, &str)]| {
        let entries: Vec<_> = images
            .iter()
            .map(|(image, architecture)| {
                let mut entry = image.manifest.descriptor();
                entry["platform"] = json!({"os": "linux", "architecture": architecture});
                entry
            })
            .collect();
        let text = json!({"schemaVersion": 2, "manifests": entries});
        let index = Blob::new(
            "application/vnd.oci.image.index.v1+json",
            text.to_string().into(),
        );
        let layout = tempfile::tempdir().unwrap();
        for (image, _) in images {
            image.write(layout.path());
        }
        let hex = index.digest.trim_start_matches("sha256:");
        fs::write(layout.path().join("blobs/sha256").join(hex), &index.bytes).unwrap();
        let mut entry = index.descriptor();
        entry["annotations"] = json!({"org.opencontainers.image.ref.name": "latest"});
        let top = json!({"schemaVersion": 2, "manifests": [entry]});
        fs::write(layout.path().join("index.json"), top.to_string()).unwrap();
        (layout, index.digest)
    };
    let (layout, digest) = index(&[(&other, "arm64"), (&ours, "amd64")]);
    let source = format!("oci:{}:latest", layout.path().display());
    registry.copy(&source, "app:both", &["--all", "--preserve-digests"]);
    let pulling = Pulling::plain(&registry.host());
    let (resolved, _) = pulling
        .pull(&format!("{}/app:both", registry.host()))
        .unwrap();
    assert_eq!(resolved.digest.to_string(), digest);
    assert_eq!(resolved.image.digest.to_string(), ours.manifest.digest);
    pulling.has_exactly(&ours);

    let (layout, _) = index(&[(&other, "arm64")]);
    let source = format!("oci:{}:latest", layout.path().display());
    registry.copy(&source, "app:arm", &["--all", "--preserve-digests"]);
    let error = pulling
        .resolve(&format!("{}/app:arm", registry.host()))
        .err()
        .unwrap();
    let RegistryError::Manifest { problem, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(
        *problem,
        ManifestError::NoPlatform(vec!["linux/arm64".into()])
    );
    assert!(
        error.to_string().contains("there are: linux/arm64"),
        "{error}"
    );
}

#[test]
fn mirrors_are_asked_first_and_then_the_registry() {
    needs!("docker-registry", "skopeo");
    let (mirror, origin) = (DebianRegistry::plain(), DebianRegistry::plain());
    let (fresh, mirrored) = (image(), ImageLayout::new(&[("", layer_tar("m", 9))]));
    mirror.push(&mirrored, "app:1");
    origin.push(&fresh, "app:1");
    origin.push(&fresh, "app:2");
    let with_mirror = RegistrySettings {
        http: true,
        mirrors: vec!["127.0.0.1:9".into(), mirror.host()],
        ..RegistrySettings::default()
    };
    let pulling = Pulling::new(&[
        (&origin.host(), with_mirror),
        (&mirror.host(), http()),
        ("127.0.0.1:9", http()),
    ]);
    pulling.pull(&format!("{}/app:1", origin.host())).unwrap();
    pulling.has_exactly(&mirrored);
    let resolved = pulling
        .resolve(&format!("{}/app:2", origin.host()))
        .unwrap();
    assert_eq!(resolved.digest.to_string(), fresh.manifest.digest);
    assert!(pulling.told(|event| matches!(event,
        banger_oci::registry::Event::MirrorFailed { server, .. } if *server == mirror.host())));
}

#[test]
fn two_pulls_of_one_image_download_it_once() {
    needs!("docker-registry", "skopeo");
    let registry = DebianRegistry::plain();
    let image = image();
    registry.push(&image, "app:1");
    let pulling = Pulling::plain(&registry.host());
    let name = format!("{}/app:1", registry.host());
    let store = pulling.store();
    let puller = Puller::new(pulling.options.clone());
    let (one, two) = block_on(async {
        let reference = name.parse().unwrap();
        let resolved = puller.resolve(&reference, &|_| ()).await.unwrap();
        let fetch = || puller.fetch(&resolved, &store, &|_| (), &pulling.cancel);
        futures_util::join!(fetch(), fetch())
    });
    let bytes: usize = image.layers.iter().map(|layer| layer.bytes.len()).sum();
    assert_eq!(
        one.unwrap().downloaded + two.unwrap().downloaded,
        bytes as u64
    );
    pulling.has_exactly(&image);
}
