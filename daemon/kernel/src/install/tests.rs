//! Installs kernels made of fabricated files.

use std::fs;
use std::path::{Path, PathBuf};

use super::import::import_host_below;
use super::*;
use crate::cancel::Cancel;
use crate::compression::{Compression, pack};
use crate::files;
use crate::modules::{BOOT, build_module};
use crate::package::{cpio, tar};
use crate::progress::{Progress, Stage};
use crate::vmlinux::fabricate::{Elf, bzimage};

const RELEASE: &str = "6.1.0-test";

/// A host's root directory, or a part of one.
struct Host(tempfile::TempDir);

impl Host {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn write(&self, file: &str, content: &[u8]) -> PathBuf {
        let path = self.path(file);
        files::write(&path, content).unwrap();
        path
    }

    /// Modules of the release: overlay as a file, the others built in.
    fn write_modules(&self) -> PathBuf {
        let root = format!("lib/modules/{RELEASE}");
        let vermagic = format!("vermagic={RELEASE} SMP");
        self.write(
            &format!("{root}/kernel/overlay.ko"),
            &build_module(&["depends=", &vermagic]),
        );
        let built_in: String = BOOT
            .iter()
            .filter(|name| **name != "overlay")
            .map(|name| format!("kernel/x/{}.ko\n", name.replace('_', "-")))
            .collect();
        self.write(&format!("{root}/modules.builtin"), built_in.as_bytes());
        self.path(&root)
    }

    fn import(&self, image: &Path, modules: Option<&Path>) -> Result<KernelManifest, InstallError> {
        let directory = |path: &Path| ModulesFrom::Directory(path.to_path_buf());
        self.import_with(image, &modules.map_or(ModulesFrom::Nowhere, directory))
    }

    fn import_with(
        &self,
        image: &Path,
        modules: &ModulesFrom,
    ) -> Result<KernelManifest, InstallError> {
        let dest = self.path("dest");
        import_files(image, modules, &dest, &mut |_| (), &Cancel::new())
    }

    /// An initrd with all below `lib`.
    fn write_initrd(&self) -> ModulesFrom {
        let mut members = Vec::new();
        let mut directories = vec![self.path("lib")];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap().flatten() {
                match entry.path().is_dir() {
                    true => directories.push(entry.path()),
                    false => members.push(entry.path()),
                }
            }
        }
        let members: Vec<(String, Vec<u8>)> = members
            .iter()
            .map(|path| {
                let name = path.strip_prefix(self.0.path()).unwrap();
                (format!("usr/{}", name.display()), fs::read(path).unwrap())
            })
            .collect();
        let members: Vec<(&str, &[u8])> = members
            .iter()
            .map(|(name, content)| (name.as_str(), content.as_slice()))
            .collect();
        let packed = pack::pack(Compression::Zstd, &cpio(&members));
        ModulesFrom::Initrd(self.write("initrd", &packed))
    }

    fn left_in_dest(&self) -> usize {
        fs::read_dir(self.path("dest")).unwrap().count()
    }
}

fn kernel() -> Vec<u8> {
    bzimage(Compression::Zstd, &Elf::default().build())
}

#[test]
fn a_bzimage_and_its_modules_become_a_kernel() {
    let host = Host::new();
    let image = host.write("bzImage", &kernel());
    let modules = host.write_modules();
    let manifest = host.import(&image, Some(&modules)).unwrap();
    assert_eq!(manifest.release, RELEASE);
    assert_eq!(manifest.boot_modules, ["overlay"]);
    assert!(manifest.pvh && !manifest.config);
    let vmlinux = fs::read(host.path("dest/vmlinux")).unwrap();
    assert_eq!(vmlinux, Elf::default().build());
    assert_eq!(manifest.vmlinux_size, vmlinux.len() as u64);
    assert!(host.path("dest/modules/kernel/overlay.ko").is_file());
    assert_eq!(KernelManifest::read(&host.path("dest")).unwrap(), manifest);
}

#[test]
fn modules_are_found_below_the_directory_too() {
    let host = Host::new();
    let image = host.write("bzImage", &kernel());
    host.write_modules();
    assert!(host.import(&image, Some(host.0.path())).is_ok());
}

#[test]
fn modules_come_out_of_an_initrd() {
    let host = Host::new();
    let image = host.write("bzImage", &kernel());
    host.write_modules();
    let initrd = host.write_initrd();
    let manifest = host.import_with(&image, &initrd).unwrap();
    assert_eq!(manifest.boot_modules, ["overlay"]);
    assert!(matches!(
        manifest.source,
        KernelSource::Files {
            modules: None,
            initrd: Some(_),
            ..
        }
    ));
    assert!(!host.path("dest").join(WORK).exists());
    assert_eq!(host.left_in_dest(), 3, "vmlinux, modules, manifest.json");
}

#[test]
fn an_initrd_may_not_list_what_is_built_in() {
    let host = Host::new();
    let root = host.write_modules();
    fs::remove_file(root.join("modules.builtin")).unwrap();
    let initrd = host.write_initrd();
    let image = host.write("bzImage", &kernel());
    let error = host.import_with(&image, &initrd).unwrap_err();
    assert!(matches!(error, InstallError::Lacks { .. }), "{error}");
    let elf = Elf {
        strings: BOOT.into_iter().filter(|name| *name != "overlay").collect(),
        ..Elf::default()
    };
    let image = host.write("vmlinux", &elf.build());
    let manifest = host.import_with(&image, &initrd).unwrap();
    assert_eq!(manifest.boot_modules, ["overlay"]);
}

#[test]
fn an_initrd_without_this_kernels_modules_is_as_good_as_none() {
    let host = Host::new();
    host.write("lib/modules/5.0-other/kernel/a.ko", b"of another kernel");
    let initrd = host.write_initrd();
    let image = host.write("bzImage", &kernel());
    let error = host.import_with(&image, &initrd).unwrap_err();
    assert!(matches!(error, InstallError::Lacks { .. }), "{error}");
    assert_eq!(host.left_in_dest(), 0);
    let complete = Elf {
        strings: BOOT.to_vec(),
        ..Elf::default()
    };
    let image = host.write("vmlinux", &complete.build());
    assert!(host.import_with(&image, &initrd).is_ok());
}

#[test]
fn a_tarballs_initrd_counts_where_it_has_no_modules() {
    let host = Host::new();
    host.write_modules();
    host.write_initrd();
    let initrd = fs::read(host.path("initrd")).unwrap();
    let import = |members: &[(&str, &[u8])]| {
        let tarball = host.write("kernel.tar", &tar(members));
        let dest = host.path(&format!("dest-{}", members.len()));
        let source = KernelSource::Packages {
            files: vec![tarball.clone()],
        };
        let package = Package {
            path: tarball,
            format: None,
        };
        import_packages(&[package], None, source, &dest, &mut |_| (), &Cancel::new())
    };
    let manifest = import(&[("vmlinuz", &kernel()), ("initrd", &initrd)]).unwrap();
    assert_eq!(manifest.boot_modules, ["overlay"]);
    // With modules of its own, it is not even looked at.
    let list: String = BOOT
        .iter()
        .map(|name| format!("kernel/{name}.ko\n"))
        .collect();
    let own = format!("modules/{RELEASE}/modules.builtin");
    let manifest = import(&[
        ("vmlinuz", &kernel()),
        ("initrd", b"damaged"),
        (&own, list.as_bytes()),
    ]);
    assert!(manifest.unwrap().boot_modules.is_empty());
}

#[test]
fn a_kernel_with_all_built_in_needs_no_modules() {
    let host = Host::new();
    // As they are in Linux: this driver's name has a hyphen.
    let names = BOOT.map(|name| match name {
        "virtio_mmio" => "virtio-mmio",
        other => other,
    });
    let elf = Elf {
        strings: names.to_vec(),
        ..Elf::default()
    };
    let image = host.write("vmlinux", &elf.build());
    let manifest = host.import(&image, None).unwrap();
    assert!(manifest.modules.is_empty() && manifest.boot_modules.is_empty());
}

#[test]
fn what_is_missing_is_listed_and_nothing_is_left() {
    let host = Host::new();
    let elf = Elf {
        strings: vec!["ext4", "overlay", "virtio_mmio", "virtio_blk"],
        ..Elf::default()
    };
    let image = host.write("vmlinux", &elf.build());
    let error = host.import(&image, None).unwrap_err();
    match &error {
        InstallError::Lacks { missing, .. } => {
            assert_eq!(missing, &["virtio_net", "vmw_vsock_virtio_transport"]);
        }
        other => panic!("{other}"),
    }
    assert!(error.to_string().contains("virtio_net, vmw_vsock"));
    assert_eq!(host.left_in_dest(), 0);
}

#[test]
fn failures_half_way_leave_nothing() {
    let host = Host::new();
    let image = host.write("bzImage", &kernel());
    let modules = host.write_modules();
    host.write(
        &format!("lib/modules/{RELEASE}/kernel/overlay.ko"),
        b"damaged",
    );
    let error = host.import(&image, Some(&modules)).unwrap_err();
    assert!(matches!(error, InstallError::Modules(_)), "{error}");
    assert_eq!(host.left_in_dest(), 0);
}

#[test]
fn a_corrupt_kernel_names_its_file() {
    let host = Host::new();
    let mut content = kernel();
    content.truncate(content.len() - 9);
    let image = host.write("bzImage", &content);
    let error = host.import(&image, None).unwrap_err().to_string();
    assert!(
        error.contains("bzImage") && error.contains("cut short"),
        "{error}"
    );
    let error = host.import(Path::new("/no/such"), None).unwrap_err();
    assert!(error.to_string().contains("/no/such"));
    assert_eq!(host.left_in_dest(), 0);
}

#[test]
fn a_destination_in_use_is_left_alone() {
    let host = Host::new();
    let image = host.write("bzImage", &kernel());
    host.write("dest/precious", b"x");
    let error = host.import(&image, None).unwrap_err();
    assert!(matches!(error, InstallError::NotEmpty { .. }));
    assert_eq!(host.left_in_dest(), 1);
}

#[test]
fn a_cancel_leaves_nothing() {
    let host = Host::new();
    let image = host.write("bzImage", &kernel());
    let modules = ModulesFrom::Directory(host.write_modules());
    let cancel = Cancel::new();
    let mut on_progress = |progress: Progress| {
        if progress.stage == Stage::Modules {
            cancel.cancel();
        }
    };
    let dest = host.path("dest");
    // Raised while the last module is copied: too late to matter, or heard.
    let first = import_files(&image, &modules, &dest, &mut on_progress, &cancel);
    assert!(first.is_ok() || host.left_in_dest() == 0);
    let other = host.path("other");
    let error = import_files(&image, &modules, &other, &mut |_| (), &cancel).unwrap_err();
    assert!(error.is_cancelled());
    assert!(!other.exists());
}

#[test]
fn the_running_host() {
    let host = Host::new();
    host.write(
        "proc/sys/kernel/osrelease",
        format!("{RELEASE}\n").as_bytes(),
    );
    let import = || {
        import_host_below(
            host.0.path(),
            &host.path("dest"),
            &mut |_| (),
            &Cancel::new(),
        )
    };
    let error = import().unwrap_err();
    assert!(matches!(error, InstallError::NoHostKernel { .. }));
    assert!(error.to_string().contains("pull `debian-cloud`"), "{error}");

    host.write(&format!("boot/vmlinuz-{RELEASE}"), &kernel());
    host.write(&format!("boot/config-{RELEASE}"), b"CONFIG_X=y\n");
    host.write_modules();
    let manifest = import().unwrap();
    assert!(manifest.config);
    assert!(matches!(manifest.source, KernelSource::Host { .. }));
    assert!(host.path("dest/config").is_file());
}

#[test]
fn the_initramfs_of_a_kernel() {
    let host = Host::new();
    let image = host.write("bzImage", &kernel());
    let modules = host.write_modules();
    let manifest = host.import(&image, Some(&modules)).unwrap();
    let agent = host.write("agent", &Elf::default().build());
    let out = host.path("initramfs");
    crate::build_initramfs(&agent, &host.path("dest"), &out).unwrap();
    let first = fs::read(&out).unwrap();
    crate::build_initramfs(&agent, &host.path("dest"), &out).unwrap();
    assert_eq!(fs::read(&out).unwrap(), first);
    // Nothing else beside it: host.0 holds bzImage, lib, dest, agent, initramfs.
    assert_eq!(fs::read_dir(host.0.path()).unwrap().count(), 5);

    let key = crate::initramfs_key("a1", &manifest);
    assert_eq!(key.len(), 64);
    assert_ne!(key, crate::initramfs_key("a2", &manifest));
    let mut other = manifest.clone();
    other.modules[0].sha256 = "b".into();
    assert_ne!(key, crate::initramfs_key("a1", &other));

    host.write("dest/modules/kernel/overlay.ko", b"changed");
    let error = crate::build_initramfs(&agent, &host.path("dest"), &out).unwrap_err();
    assert!(error.to_string().contains("overlay"), "{error}");
}

#[test]
fn what_cannot_be_the_agent() {
    let host = Host::new();
    let agent = host.write("agent", b"#!/bin/sh\n");
    let error = crate::build_initramfs(&agent, &host.path("dest"), &host.path("out")).unwrap_err();
    assert!(error.to_string().contains("no x86-64 ELF"), "{error}");
    // The test program needs a dynamic loader.
    let own = std::env::current_exe().unwrap();
    let error = crate::build_initramfs(&own, &host.path("dest"), &host.path("out")).unwrap_err();
    assert!(error.to_string().contains("statically"), "{error}");
    assert!(!host.path("out").exists());
}

#[test]
fn a_directory_that_is_no_kernel() {
    let host = Host::new();
    assert!(KernelManifest::read(host.0.path()).is_err());
    host.write("manifest.json", b"{");
    let error = KernelManifest::read(host.0.path()).unwrap_err();
    assert!(matches!(error, ManifestError::Damaged { .. }));
}
