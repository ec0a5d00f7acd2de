//! Kernels: taken from files, packages and addresses, refused where they are none, kept while
//! they are used.

use std::{
    fs,
    path::{Path, PathBuf},
};

use banger_tests::{
    Banger, Home, needs,
    template::{DEBIAN, KERNEL, TINY},
    web::serve,
};
use serde_json::json;

#[test]
fn a_kernel_of_files_boots_a_vm() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    // The pulled kernel's own files, as somebody else might have them.
    let kernels = home.state().join("kernels");
    let pulled = fs::read_dir(kernels)
        .unwrap()
        .flatten()
        .next()
        .unwrap()
        .path();
    let release = home.api().get("/v1/kernels/debian-cloud").ok()["release"].clone();
    let modules = pulled.join("modules");
    let own = modules.join(release.as_str().unwrap());
    let modules = if own.exists() { own } else { modules };
    home.banger("kernel import --name mine")
        .args(["--vmlinux".as_ref(), pulled.join("vmlinux").as_os_str()])
        .args(["--modules".as_ref(), modules.as_os_str()])
        .run()
        .ok();
    let shown = home.banger("kernel show mine -o json").run().ok().json();
    assert_eq!(shown["release"], release, "{shown}");
    let ran = home
        .banger("vm run --rm --image tiny --kernel mine -- uname -r")
        .run()
        .ok();
    assert_eq!(ran.out().trim(), release.as_str().unwrap());
    home.banger("kernel delete mine").run().ok();
    home.banger("kernel show mine")
        .run()
        .ended_with(1)
        .complaining(&["mine"]);
}

#[test]
fn a_guest_has_the_modules_of_its_kernel() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(DEBIAN);
    let place = vm.tell("findmnt -n -o TARGET,FSTYPE,OPTIONS /lib/modules/$(uname -r)");
    let words: Vec<&str> = place.split_whitespace().collect();
    assert!(words[0].starts_with("/usr/lib/modules/6."), "{place}");
    assert!(words[1] == "ext4" && words[2].starts_with("ro,"), "{place}");
    // By modprobe, and by the kernel itself: a link of a kind that it has to load.
    vm.tell("modprobe br_netfilter && test -e /proc/sys/net/bridge");
    assert_eq!(vm.sh("grep -q ^veth /proc/modules").code, Some(1));
    vm.tell("ip link add one type veth peer name two && grep -q ^veth /proc/modules");
    let refused = vm.sh("touch /lib/modules/$(uname -r)/x");
    assert!(refused.err().contains("Read-only"), "{}", refused.err());
    // An image without /lib has nothing that would look there.
    let tiny = home.boot(TINY);
    assert_eq!(tiny.sh("grep -q /lib/modules /proc/mounts").code, Some(1));
}

#[test]
fn a_kernel_in_use_cannot_be_removed_and_a_free_one_can() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let vm = home.create(&json!({ "image": TINY, "name": "user", "stopped": true }));
    let path = format!("/v1/kernels/{KERNEL}");
    let problem = home.api().delete(&path).refused(409, "kernel_in_use");
    assert!(
        problem["detail"].as_str().unwrap().contains("user"),
        "{problem}"
    );
    let image = home
        .api()
        .delete("/v1/images/tiny")
        .refused(409, "image_in_use");
    assert!(
        image["detail"].as_str().unwrap().contains("user"),
        "{image}"
    );
    vm.delete();
    home.api().delete(&path).ok();
    home.api().get(&path).refused(404, "kernel_not_found");
}

#[test]
fn files_that_are_no_kernel_are_refused_and_leave_nothing() {
    needs!(vms);
    let home = Home::bare();
    home.start_daemon();
    let file = |name: &str, bytes: &[u8]| {
        let path = home.scratch().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let mut bad_elf = b"\x7fELF\x02\x01\x01".to_vec();
    bad_elf.resize(4096, 0xff);
    let cases = [
        file("empty", b""),
        file("text", &b"just text\n".repeat(1000)),
        file("elf", &bad_elf),
        file("gzip", &[&b"\x1f\x8b\x08"[..], &[7; 5000]].concat()),
    ];
    for path in cases {
        let request = json!({ "name": "bad", "vmlinux": path });
        let problem = home
            .api()
            .post("/v1/kernels/import?wait=true", &request)
            .refused(422, "bad_kernel");
        assert!(problem["detail"].as_str().unwrap().len() > 10, "{problem}");
    }
    home.banger("kernel import --vmlinux /no/such/kernel")
        .run()
        .ended_with(1)
        .complaining(&["/no/such/kernel"]);
    assert_eq!(home.api().get("/v1/kernels").ok()["kernels"], json!([]));
    assert_eq!(home.unfinished(), Vec::<std::path::PathBuf>::new());
    home.banger("kernel pull debian-clowd")
        .run()
        .ended_with(1)
        .complaining(&["debian-clowd", "debian-cloud"]);
}

/// The pulled kernel's own files, laid out as a package has them; the directory of all of
/// it, and its release.
fn package_tree(home: &Home) -> (PathBuf, String) {
    let kernel = home.api().get(&format!("/v1/kernels/{KERNEL}")).ok();
    let release = kernel["release"].as_str().unwrap().to_owned();
    let pulled = fs::read_dir(home.state().join("kernels"))
        .unwrap()
        .flatten()
        .next()
        .unwrap()
        .path();
    let tree = home.scratch().join("tree");
    let modules = tree.join("lib/modules").join(&release);
    fs::create_dir_all(tree.join("boot")).unwrap();
    fs::create_dir_all(modules.parent().unwrap()).unwrap();
    fs::copy(
        pulled.join("vmlinux"),
        tree.join(format!("boot/vmlinuz-{release}")),
    )
    .unwrap();
    program("cp", &["-r", text(&pulled.join("modules")), text(&modules)]);
    (tree, release)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn program(name: &str, words: &[&str]) {
    Banger::call(name).args(words).run().ok();
}

#[test]
fn a_kernel_of_a_debian_package_boots_a_vm() {
    needs!(vms, "dpkg-deb");
    let home = Home::new();
    home.start_daemon();
    let (tree, release) = package_tree(&home);
    fs::create_dir(tree.join("DEBIAN")).unwrap();
    let control = "Package: linux-image-mine\nVersion: 1\nArchitecture: amd64\n\
        Maintainer: nobody <nobody@example.org>\nDescription: a kernel\n";
    fs::write(tree.join("DEBIAN/control"), control).unwrap();
    let deb = home.scratch().join("mine.deb");
    program(
        "dpkg-deb",
        &[
            "--root-owner-group",
            "-Zgzip",
            "-z1",
            "-b",
            text(&tree),
            text(&deb),
        ],
    );
    // Of another format than is said.
    home.banger(&format!("kernel import --rpm {}", deb.display()))
        .run()
        .ended_with(1)
        .complaining(&["mine.deb", "no RPM package"]);
    home.banger(&format!("kernel import --deb {}", deb.display()))
        .run()
        .ok();
    let ran = home
        .banger("vm run --rm --image tiny --kernel mine -- uname -r")
        .run()
        .ok();
    assert_eq!(ran.out().trim(), release);
    // Cut in the middle.
    let cut = home.scratch().join("cut.deb");
    let whole = fs::read(&deb).unwrap();
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    home.banger(&format!("kernel import --deb {}", cut.display()))
        .run()
        .ended_with(1)
        .complaining(&["cut.deb", "damaged"]);
    assert_eq!(home.unfinished(), Vec::<PathBuf>::new());
}

/// An initrd as distributions make it, with all below that directory: microcode that is not
/// packed, then the rest, packed.
fn initrd_of(home: &Home, tree: &Path, packer: &str) -> PathBuf {
    let microcode = home.scratch().join("microcode/kernel/x86/microcode");
    fs::create_dir_all(&microcode).unwrap();
    fs::write(microcode.join("GenuineIntel.bin"), [7; 3000]).unwrap();
    let initrd = home.scratch().join(format!("initrd.{packer}"));
    let archive =
        |directory: &Path| format!("(cd {} && find . | cpio -o -H newc)", text(directory));
    let script = format!(
        "{} > {initrd}; {} | {packer} -c >> {initrd}",
        archive(&home.scratch().join("microcode")),
        archive(tree),
        initrd = text(&initrd),
    );
    program("sh", &["-e", "-c", &script]);
    initrd
}

#[test]
fn a_kernel_takes_its_modules_out_of_an_initrd() {
    needs!(vms, "cpio", "zstd", "gzip");
    let home = Home::new();
    home.start_daemon();
    let (tree, release) = package_tree(&home);
    let kernel = home.scratch().join("vmlinuz");
    fs::rename(tree.join(format!("boot/vmlinuz-{release}")), &kernel).unwrap();
    fs::write(tree.join("init"), "#!/bin/sh\nreboot -f\n").unwrap();
    let initrd = initrd_of(&home, &tree, "zstd");
    let import = |rest: &str| {
        let line = format!("kernel import --vmlinux {} {rest}", text(&kernel));
        home.banger(&line).run()
    };
    import(&format!("--name mine --initrd {}", text(&initrd))).ok();
    let shown = home.banger("kernel show mine -o json").run().ok().json();
    assert_eq!(shown["source"]["initrd"], text(&initrd), "{shown}");
    let ran = home
        .banger("vm run --rm --image tiny --kernel mine -- uname -r")
        .run()
        .ok();
    assert_eq!(ran.out().trim(), release);
    // In a tarball, and with an image.
    fs::copy(&initrd, home.scratch().join("initrd")).unwrap();
    let tarball = home.scratch().join("with-initrd.tar");
    let scratch = home.scratch();
    program(
        "tar",
        &[
            "-C",
            text(&scratch),
            "-cf",
            text(&tarball),
            "vmlinuz",
            "initrd",
        ],
    );
    home.banger(&format!("kernel import --tarball {}", text(&tarball)))
        .run()
        .ok();
    let image = home.api().get("/v1/images/tiny").ok()["id"].clone();
    let rootfs = home.state().join("images").join(image.as_str().unwrap());
    let gzipped = initrd_of(&home, &tree, "gzip");
    home.banger(&format!(
        "image register own --rootfs {} --kernel {} --initrd {}",
        text(&rootfs.join("rootfs.ext4")),
        text(&kernel),
        text(&gzipped),
    ))
    .run()
    .ok();
    let ran = home
        .banger("vm run --rm --image own -- uname -r")
        .run()
        .ok();
    assert_eq!(ran.out().trim(), release);
    // What will not do is told, and leaves nothing.
    let refused = |initrd: &Path, words: &[&str]| {
        let line = format!("--name bad --initrd {}", text(initrd));
        import(&line).ended_with(1).complaining(words);
    };
    let bad = home.scratch().join("bad");
    fs::write(&bad, "no initrd").unwrap();
    refused(&bad, &["bad is no initrd"]);
    let whole = fs::read(&initrd).unwrap();
    fs::write(&bad, &whole[..whole.len() / 2]).unwrap();
    refused(&bad, &["bad is damaged"]);
    fs::remove_dir_all(tree.join("lib")).unwrap();
    refused(
        &initrd_of(&home, &tree, "zstd"),
        &["lacks", "an initrd that has them"],
    );
    import(&format!(
        "--name bad --initrd {} --modules /",
        text(&initrd)
    ))
    .ended_with(2);
    let both = json!({ "name": "bad", "vmlinux": kernel, "modules": "/", "initrd": initrd });
    let reply = home.api().post("/v1/kernels/import", &both);
    reply.refused(422, "invalid_value");
    assert_eq!(home.unfinished(), Vec::<PathBuf>::new());
}

#[test]
fn a_kernel_of_a_published_catalog_is_verified_and_boots_a_vm() {
    needs!(vms, "tar", "gzip");
    let home = Home::new();
    home.start_daemon();
    let (tree, release) = package_tree(&home);
    let tarball = home.scratch().join("small.tar.gz");
    program(
        "tar",
        &["-C", text(&tree), "-czf", text(&tarball), "boot", "lib"],
    );
    let content = fs::read(&tarball).unwrap();
    let sum = Banger::call("sha256sum").args([&tarball]).run().ok();
    let sha256 = sum.out().split_whitespace().next().unwrap().to_owned();
    let entry = |name: &str, url: &str, sha256: &str| {
        json!({
            "name": name, "version": "1-2", "arch": "x86_64", "url": url, "sha256": sha256,
            "size": content.len(), "description": "a kernel to test with",
        })
    };
    let catalog = json!({ "version": 1, "kernels": [
        entry("small", "files/small.tar.gz", &sha256),
        entry("forged", "files/small.tar.gz", &"0".repeat(64)),
        entry("gone", "files/gone.tar.gz", &sha256),
    ]});
    let base = serve(vec![
        ("/catalog.json", catalog.to_string().into_bytes()),
        ("/files/small.tar.gz", content.clone()),
    ]);
    home.stop_daemon();
    let config = home.user_home().join("config/banger");
    fs::create_dir_all(&config).unwrap();
    fs::write(
        config.join("config.toml"),
        format!("kernel_catalog = \"{base}/catalog.json\"\n"),
    )
    .unwrap();
    home.start_daemon();
    let listed = home.banger("kernel list --available -q").run().ok();
    assert_eq!(listed.out(), "debian-cloud\ndebian\nsmall\nforged\ngone\n");
    home.banger("kernel pull forged")
        .run()
        .ended_with(1)
        .complaining(&["small.tar.gz", &sha256, "000000"]);
    home.banger("kernel pull gone")
        .run()
        .ended_with(1)
        .complaining(&["gone.tar.gz", "404"]);
    home.banger("kernel pull smal")
        .run()
        .ended_with(1)
        .complaining(&["smal", "small"]);
    // Asked for by a VM, it comes by the way, unless it may not or there is none.
    home.banger("vm run --rm --no-pull --image tiny --kernel small -- true")
        .run()
        .ended_with(125)
        .complaining(&["small"]);
    for (kernel, words) in [
        ("forged", ["small.tar.gz", "000000"]),
        ("smal", ["smal", "did you mean small?"]),
        ("../small", ["../small", "no kernel"]),
    ] {
        home.banger(&format!(
            "vm run --rm --image tiny --kernel {kernel} -- true"
        ))
        .run()
        .ended_with(125)
        .complaining(&words);
    }
    assert_eq!(home.api().get("/v1/vms").ok()["vms"], json!([]));
    assert_eq!(home.unfinished(), Vec::<PathBuf>::new());
    let ran = home
        .banger("vm run --rm --image tiny --kernel small -- uname -r")
        .run()
        .ok();
    assert_eq!(ran.out().trim(), release);
    ran.complaining(&["downloading", "small.tar.gz"]);
    home.banger("kernel pull small").run().ok();
    let shown = home.banger("kernel show small -o json").run().ok().json();
    assert_eq!(shown["version"], "1-2", "{shown}");
    assert_eq!(shown["source"]["sha256"], sha256.as_str(), "{shown}");
    let ran = home
        .banger("vm run --rm --image tiny --kernel small -- uname -r")
        .run()
        .ok();
    assert_eq!(ran.out().trim(), release);
    // The same by its address; without its hash, not at all.
    let url = format!("{base}/files/small.tar.gz");
    home.banger(&format!("kernel import --url {url}"))
        .run()
        .ended_with(2);
    home.banger(&format!(
        "kernel import --name again --url {url} --sha256 {sha256}"
    ))
    .run()
    .ok();
}
