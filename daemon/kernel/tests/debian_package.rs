//! The real Debian package, fetched by the host's apt. Skipped where there is no apt that
//! knows it.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use banger_kernel::{
    Cancel, CatalogEntry, KernelManifest, KernelSource, ModulesFrom, Progress, Stage,
    build_initramfs, import_files, pull,
};

/// Whether apt has lists in which the package is.
fn apt_knows(package: &str) -> bool {
    let shown = Command::new("apt-cache")
        .args(["show", package])
        .stderr(Stdio::null())
        .output();
    let known = shown.is_ok_and(|shown| !shown.stdout.is_empty());
    if !known {
        eprintln!("skipped: no apt here that knows {package}");
    }
    known
}

fn cloud() -> &'static CatalogEntry {
    banger_kernel::find("debian-cloud").unwrap()
}

/// Each module is loaded after those that it needs.
fn check_order(manifest: &KernelManifest) {
    let mut loaded = BTreeSet::new();
    for name in &manifest.boot_modules {
        for needed in &manifest.module(name).unwrap().depends {
            assert!(loaded.contains(needed), "{name} is loaded before {needed}");
        }
        loaded.insert(name.clone());
    }
}

#[test]
fn the_cloud_kernel_is_pulled_and_imported_again() {
    if !apt_knows(cloud().package) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dest = dir.path().join("kernel");
    let mut stages = Vec::new();
    let mut last: Option<Progress> = None;
    let mut on_progress = |progress: Progress| {
        if let Some(last) = last.filter(|last| last.stage == progress.stage) {
            assert!(progress.done >= last.done, "{last:?} then {progress:?}");
        } else {
            stages.push(progress.stage);
        }
        last = Some(progress);
    };
    let manifest = pull(cloud(), &dest, &mut on_progress, &Cancel::new()).unwrap();
    use Stage::{Download, Extract, Lookup, Modules, Unpack};
    assert_eq!(stages, [Lookup, Download, Unpack, Extract, Modules]);

    assert!(manifest.release.ends_with("-cloud-amd64"));
    assert!(manifest.version.is_some());
    assert!(matches!(&manifest.source, KernelSource::Apt { package }
        if package.contains(&manifest.release)));
    assert!(manifest.pvh, "QEMU boots the vmlinux");
    let kept: Vec<_> = fs::read_dir(&dest)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    assert_eq!(kept, ["config", "manifest.json", "modules", "vmlinux"]);
    check_order(&manifest);
    for boot in ["virtio_mmio", "virtio_blk", "virtio_net", "overlay"] {
        assert!(manifest.boot_modules.iter().any(|name| name == boot));
    }
    // What Docker, nftables and the like ask for.
    for later in [
        "veth",
        "bridge",
        "br_netfilter",
        "nf_tables",
        "nft_compat",
        "iptable_nat",
    ]
    .into_iter()
    .chain([
        "xt_conntrack",
        "xt_MASQUERADE",
        "tun",
        "macvlan",
        "ipvlan",
        "dummy",
    ])
    .chain(["fuse", "virtiofs", "loop", "squashfs", "vxlan", "ip_vs"])
    {
        assert!(manifest.module(later).is_some(), "{later}");
    }
    assert!(manifest.module("xfs").is_none());

    // What was installed can be imported, with the modules that were kept.
    let again = dir.path().join("again");
    let imported = import_files(
        &dest.join("vmlinux"),
        &ModulesFrom::Directory(dest.join("modules")),
        &again,
        &mut |_| (),
        &Cancel::new(),
    )
    .unwrap();
    assert_eq!(imported.sha256, manifest.sha256);
    assert_eq!(imported.boot_modules, manifest.boot_modules);

    // Without its modules it lacks most of what a guest needs.
    let without = dir.path().join("without");
    let error = import_files(
        &dest.join("vmlinux"),
        &ModulesFrom::Nowhere,
        &without,
        &mut |_| (),
        &Cancel::new(),
    )
    .unwrap_err()
    .to_string();
    assert!(
        error.contains("lacks virtio_mmio, virtio_blk, virtio_net"),
        "{error}"
    );
    assert!(!error.contains("ext4"), "built in: {error}");

    check_initramfs(&dest, dir.path());
}

/// The archive as the host's own tools see it, where they are there.
fn check_initramfs(kernel: &Path, dir: &Path) {
    // Any static program will do for the agent.
    let agent = dir.join("agent");
    let vmlinux = fs::read(kernel.join("vmlinux")).unwrap();
    fs::write(&agent, vmlinux).unwrap();
    let out = dir.join("initramfs");
    build_initramfs(&agent, kernel, &out).unwrap();
    let archive = fs::read(&out).unwrap();
    assert!(archive.starts_with(b"070701"));
    let text = String::from_utf8_lossy(&archive);
    assert!(text.contains("/modules/virtio_ring.ko\n/modules/virtio.ko\n"));
}

#[test]
fn a_cancelled_download_leaves_nothing() {
    if !apt_knows(cloud().package) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let cancel = Cancel::new();
    let mut on_progress = |progress: Progress| {
        if progress.stage == Stage::Download {
            cancel.cancel();
        }
    };
    let error = pull(cloud(), dir.path(), &mut on_progress, &cancel).unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_package_that_apt_does_not_know() {
    if !apt_knows(cloud().package) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (package, says) in [
        ("linux-image-no-such", "apt-get update"),
        ("bash", "names no kernel"),
    ] {
        let entry = CatalogEntry {
            name: "x",
            package,
            description: "",
        };
        let error = pull(&entry, dir.path(), &mut |_| (), &Cancel::new()).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
