//! Images of registries: Debian's own registry, pushed to by skopeo.

use std::{fs, time::Duration};

use banger_tests::{
    Banger, Home, needs,
    registry::{DebianRegistry, Fault, Faulty, ImageLayout, PASSWORD, USER, layer_tar},
    residue::eventually,
};
use serde_json::{Value, json};

fn app() -> ImageLayout {
    let command = "echo $GREETING from $(pwd) as $(id -un); exit 7";
    ImageLayout::app(command, Some("worker"), "zstd")
}

fn speaks_http(host: &str) -> String {
    format!("[registries.{host:?}]\nhttp = true\n")
}

/// A home whose daemon knows a registry that speaks plain HTTP.
fn home_with(registry: &DebianRegistry) -> Home {
    let home = Home::new();
    home.configure(&speaks_http(&registry.host()));
    home
}

fn images(home: &Home) -> Vec<Value> {
    let list = home.api().get("/v1/images").ok();
    list["images"].as_array().unwrap().clone()
}

/// What of pulls is in the state directory: digests of layers, and files that are not whole.
fn layers(home: &Home) -> Vec<String> {
    let mut names = Vec::new();
    let mut directories = vec![home.state().join("blobs")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                directories.push(entry.path());
            } else {
                names.push(entry.file_name().into_string().unwrap());
            }
        }
    }
    names
}

#[test]
fn an_image_of_a_registry_boots_in_one_step_and_again_without_the_registry() {
    needs!(vms, "docker-registry", "skopeo");
    let registry = DebianRegistry::plain();
    let app = app();
    registry.push(&app, "org/app:1");
    let home = home_with(&registry);
    let name = format!("{}/org/app:1", registry.host());
    // As docker runs it: with its own command, user, directory and variables.
    let ran = home.banger("vm run --rm --image").args([&name]).run();
    assert_eq!(ran.ended_with(7).out(), "hello there from /srv as worker\n");

    let shown = home.banger("image show -o json").args([&name]).run();
    let shown = shown.ok().json();
    assert_eq!(shown["digest"], app.manifest.digest);
    assert_eq!(shown["layers"][1]["digest"], app.layers[1].digest);
    assert_eq!(shown["config"]["working_dir"], "/srv");
    assert_eq!(shown["users"], json!(["root", "worker"]));
    drop(registry);
    let again = home
        .banger("vm run --rm --image")
        .args([&name, "--", "sh", "-c", "cat page; ls /etc/made-by"])
        .run();
    let again = again.ended_with(1);
    assert_eq!(again.out(), "from above\n");
    let deleted = home.banger("image delete").args([&name]).run();
    deleted.ok();
    home.banger("image prune").run().ok();
    assert_eq!(layers(&home), Vec::<String>::new());
}

#[test]
fn the_same_digest_is_one_image_under_all_its_names() {
    needs!("docker-registry", "skopeo");
    let registry = DebianRegistry::plain();
    let app = app();
    registry.push(&app, "app:1");
    registry.push(&app, "app:latest");
    let home = home_with(&registry);
    home.start_daemon();
    let before = images(&home).len();
    // At once: one of them makes it, the others get what it made.
    let host = registry.host();
    let pull = |name: String| {
        home.api()
            .post("/v1/images/pull", &json!({ "name": name }))
            .ok()
    };
    let digest = &app.manifest.digest;
    let names = [":1", ":1", "", &format!("@{digest}")].map(|tag| format!("{host}/app{tag}"));
    let pulls = names.clone().map(pull);
    for pull in &pulls {
        let path = format!("/v1/operations/{}", pull["id"].as_str().unwrap());
        eventually("it is pulled", Duration::from_secs(60), || {
            home.api().get(&path).ok()["state"] == "succeeded"
        });
    }
    assert_eq!(images(&home).len(), before + 1, "{:?}", images(&home));
    let image = home.banger("image show -o json").args([&names[0]]).run();
    let image = image.ok().json();
    let mut known: Vec<_> = image["names"].as_array().unwrap().clone();
    known.sort_by_key(ToString::to_string);
    assert_eq!(known.len(), 3, "{known:?}");
    home.banger("image delete --force")
        .args([image["id"].as_str().unwrap()])
        .run()
        .ok();
}

#[test]
fn a_tag_that_moved_is_followed_when_it_is_asked_for() {
    needs!("docker-registry", "skopeo");
    let registry = DebianRegistry::plain();
    let (old, new) = (app(), ImageLayout::new(&[("gzip", layer_tar("new", 10))]));
    registry.push(&old, "app:1");
    let home = home_with(&registry);
    let name = format!("{}/app:1", registry.host());
    let pull = |options: &str| {
        home.banger(&format!("image pull {options}"))
            .args([&name])
            .run()
            .ok();
        let shown = home.banger("image show -o json").args([&name]).run();
        shown.ok().json()["digest"].clone()
    };
    assert_eq!(pull(""), old.manifest.digest);
    registry.push(&new, "app:1");
    assert_eq!(pull(""), old.manifest.digest);
    assert_eq!(pull("--force"), new.manifest.digest);
    // What is said of its VMs' disks is said of the image that is there, asked for or not.
    let disk = || {
        let shown = home.banger("image show -o json").args([&name]).run();
        shown.ok().json()["disk_mib"].clone()
    };
    assert_eq!(disk(), 2048);
    for (options, mib) in [
        ("--size 3G", 3072),
        ("--force --size 4G", 4096),
        ("--force", 4096),
    ] {
        assert_eq!(pull(options), new.manifest.digest);
        assert_eq!(disk(), mib, "{options}");
    }
}

#[test]
fn passwords_are_kept_once_the_registry_takes_them() {
    needs!("docker-registry", "skopeo", "htpasswd");
    let registry = DebianRegistry::with_passwords();
    registry.push(&app(), "app:1");
    let home = home_with(&registry);
    let host = registry.host();
    let pull = || {
        home.banger("image pull")
            .args([format!("{host}/app:1")])
            .run()
    };
    let login = |password: &str| {
        let call = home.banger(&format!(
            "image login --user {USER} --password-stdin {host}"
        ));
        call.input(format!("{password}\n")).run()
    };
    let hint = format!("banger image login {host}");
    pull()
        .ended_with(1)
        .complaining(&["wants credentials", &hint]);
    login("wrong").ended_with(1).complaining(&["does not take"]);
    pull().ended_with(1);
    login(PASSWORD).ok();
    pull().ok();
    assert!(!home.log().contains(PASSWORD));
    home.banger(&format!("image logout {host}")).run().ok();
    let again = home.banger(&format!("image logout {host}")).run();
    again.ended_with(1).complaining(&["no login"]);
    let forced = home
        .banger("image pull --force")
        .args([format!("{host}/app:1")]);
    forced.run().ended_with(1);
}

#[test]
fn a_certificate_counts_when_its_authority_is_named() {
    needs!("docker-registry", "skopeo", "openssl");
    let registry = DebianRegistry::with_tls();
    registry.push(&app(), "app:1");
    let host = registry.host();
    let name = format!("{host}/app:1");
    let home = Home::new();
    let refused = home.banger("image pull").args([&name]).run().ended_with(1);
    refused.complaining(&["certificate", "config.toml", "ca = "]);
    home.banger("daemon stop").run().ok();
    home.configure(&format!(
        "[registries.{host:?}]\nca = {:?}\n",
        registry.authority()
    ));
    home.banger("image pull").args([&name]).run().ok();
}

#[test]
fn a_mirror_is_asked_first_and_missed_with_a_note() {
    needs!("docker-registry", "skopeo");
    let mirror = DebianRegistry::plain();
    mirror.push(&app(), "library/app:1");
    let home = Home::new();
    let host = mirror.host();
    let settings = format!(
        "[registries.\"docker.io\"]\nmirrors = [\"127.0.0.1:9\", {host:?}]\n\
         [registries.\"127.0.0.1:9\"]\nhttp = true\n{}",
        speaks_http(&host)
    );
    home.configure(&settings);
    let pulled = home.banger("image pull app:1").run().ok();
    assert!(
        pulled
            .err()
            .contains("the mirror 127.0.0.1:9 could not help"),
        "{}",
        pulled.err()
    );
    assert!(images(&home).iter().any(|image| image["name"] == "app:1"));
}

#[test]
fn what_is_no_image_for_this_machine_is_refused_with_the_next_step() {
    needs!("docker-registry", "skopeo");
    let registry = DebianRegistry::plain();
    let layers = app().layers;
    let zeros = format!("sha256:{:064}", 0);
    let config = json!({
        "architecture": "arm64", "os": "linux",
        "rootfs": { "type": "layers", "diff_ids": [zeros, zeros] },
    });
    let other = ImageLayout::with_config(&config, layers);
    registry.push(&other, "arm:1");
    let home = home_with(&registry);
    let before = images(home.start_daemon());
    let host = registry.host();
    let cases = [
        (format!("{host}/arm:1"), &["arm64"][..]),
        (
            format!("{host}/none:1"),
            &["none:1", "check the name and the tag"],
        ),
        (format!("{host}/UPPER"), &["UPPER", "lower-case"]),
        (format!("https://{host}/app"), &["https://", "leave"]),
        (format!("{host}/app@sha256:12"), &["sha256:12"]),
        (format!("{host}/app:-1"), &["-1"]),
    ];
    for (name, words) in cases {
        let refused = home.banger("image pull").args([&name]).run();
        refused.ended_with(1).complaining(words);
    }
    assert_eq!(images(&home), before);
}

#[test]
fn a_registry_that_lies_or_breaks_off_makes_no_image() {
    let layer = layer_tar("file", 300_000);
    let image = ImageLayout::new(&[("gzip", layer)]);
    let digest = image.layers[0].digest.clone();
    let home = Home::bare();
    let faulty = Faulty::with(&image);
    let host = faulty.host();
    home.configure(&speaks_http(&host));
    home.start_daemon();
    let name = format!("{host}/app:1");
    // Every try meets it: there is no sense in asking a liar again for ever.
    for _ in 0..10 {
        faulty.fail(&digest, Fault::Corrupt);
    }
    let refused = home.banger("image pull").args([&name]).run();
    refused.ended_with(1).complaining(&[&digest]);
    assert_eq!(home.api().get("/v1/images").ok()["images"], json!([]));
    assert!(home.unfinished().is_empty());
    let honest = Faulty::with(&image);
    home.stop_daemon();
    home.configure(&speaks_http(&honest.host()));
    honest.fail(&digest, Fault::ResetAt(1000));
    let name = format!("{}/app:1", honest.host());
    home.banger("image pull").args([&name]).run().ok();
    let shown = home.banger("image show -o json").args([&name]).run();
    assert_eq!(shown.ok().json()["entries"], 1);
    drop(faulty);
}

#[test]
fn fifty_crashes_during_a_pull_leave_nothing_wrong() {
    needs!("docker-registry", "skopeo");
    let registry = DebianRegistry::plain();
    let image = ImageLayout::new(&[
        ("gzip", layer_tar("a", 6_000_000)),
        ("zstd", layer_tar("b", 3_000_000)),
        ("", layer_tar("c", 1_000_000)),
    ]);
    registry.push(&image, "app:1");
    let home = Home::bare();
    home.configure(&speaks_http(&registry.host()));
    let name = format!("{}/app:1", registry.host());
    let pull = json!({ "name": name });
    for round in 0..50_u64 {
        home.start_daemon();
        home.api().post("/v1/images/pull", &pull).ok();
        // Spread over all that a pull does, which takes some hundred milliseconds.
        std::thread::sleep(Duration::from_millis(round * 37 % 450));
        home.kill_daemon();
        home.start_daemon();
        assert!(home.unfinished().is_empty(), "round {round}");
        home.banger("image pull").args([&name]).run().ok();
        let shown = home.banger("image show -o json").args([&name]).run();
        let shown = shown.ok().json();
        assert_eq!(shown["digest"], image.manifest.digest);
        assert_eq!(shown["entries"], 3);
        let file = home
            .state()
            .join("images")
            .join(shown["id"].as_str().unwrap());
        let check = Banger::call("e2fsck")
            .args(["-fn"])
            .args([file.join("rootfs.ext4")]);
        check.run().ok();
        home.banger("image delete").args([&name]).run().ok();
        home.banger("image prune").run().ok();
        assert_eq!(layers(&home), Vec::<String>::new(), "round {round}");
        home.kill_daemon();
    }
    home.start_daemon();
}
