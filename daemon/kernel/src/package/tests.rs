//! Packages made by hand, whole, damaged and hostile.

use std::fs;
use std::path::Path;

use super::members::Unpacked;
use super::*;
use crate::cancel::Cancel;
use crate::compression::{Compression, pack};
use crate::deb::build_ar;

/// A tar of regular files.
pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        // Set by hand: the crate refuses hostile names.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn deb(compression: Option<Compression>, members: &[(&str, &[u8])]) -> Vec<u8> {
    let data = tar(members);
    let (name, data) = match compression {
        Some(compression) => ("data.tar.x", pack::pack(compression, &data)),
        None => ("data.tar", data),
    };
    build_ar(&[
        ("debian-binary", b"2.0\n"),
        ("control.tar.xz", b"not looked at"),
        (name, &data),
    ])
}

/// A newc archive of regular files.
pub(crate) fn cpio(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    let trailer: (&str, &[u8]) = ("TRAILER!!!", b"");
    for (name, content) in members.iter().chain([&trailer]) {
        let fields = [
            1,
            0o100_644,
            0,
            0,
            1,
            0,
            content.len(),
            0,
            0,
            0,
            0,
            name.len() + 1,
            0,
        ];
        archive.extend(b"070701");
        for field in fields {
            archive.extend(format!("{field:08x}").bytes());
        }
        archive.extend(name.bytes().chain([0]));
        archive.resize(archive.len().next_multiple_of(4), 0);
        archive.extend(*content);
        archive.resize(archive.len().next_multiple_of(4), 0);
    }
    archive
}

/// An rpm package with this payload and so many bytes of signatures.
pub(crate) fn rpm(signature_bytes: usize, payload: &[u8]) -> Vec<u8> {
    let header = |entries: usize, bytes: usize| {
        let mut header = vec![0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0];
        header.extend((entries as u32).to_be_bytes());
        header.extend((bytes as u32).to_be_bytes());
        header.resize(header.len() + entries * 16 + bytes, 7);
        header
    };
    let mut package = vec![0xed, 0xab, 0xee, 0xdb, 3, 0];
    package.resize(96, 0);
    package.extend(header(2, signature_bytes));
    package.resize(package.len().next_multiple_of(8), 0);
    package.extend(header(3, 41));
    package.extend(payload);
    package
}

fn unpack_bytes(package: &[u8]) -> (tempfile::TempDir, Result<Unpacked, UnpackError>) {
    unpack_as(PackageFormat::Deb, package)
}

fn unpack_as(
    format: PackageFormat,
    package: &[u8],
) -> (tempfile::TempDir, Result<Unpacked, UnpackError>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("package");
    fs::write(&path, package).unwrap();
    let into = dir.path().join("into");
    let unpacked = unpack(&path, Some(format), &into, &Cancel::new(), &mut |_| ());
    (dir, unpacked)
}

const MEMBERS: [(&str, &[u8]); 4] = [
    ("./boot/vmlinuz-6.1", b"kernel"),
    ("./boot/config-6.1", b"CONFIG_X=y"),
    ("./lib/modules/6.1/kernel/a.ko", b"module"),
    ("./usr/share/doc/readme", b"text"),
];

#[test]
fn every_compression_of_a_package() {
    for compression in [
        None,
        Some(Compression::Gzip),
        Some(Compression::Xz),
        Some(Compression::Zstd),
    ] {
        let (dir, unpacked) = unpack_bytes(&deb(compression, &MEMBERS));
        let unpacked = unpacked.unwrap();
        assert_eq!(unpacked.image.unwrap(), Path::new("boot/vmlinuz-6.1"));
        assert_eq!(unpacked.config.unwrap(), Path::new("boot/config-6.1"));
        let into = dir.path().join("into");
        assert_eq!(fs::read(into.join("boot/vmlinuz-6.1")).unwrap(), b"kernel");
        assert!(into.join("lib/modules/6.1/kernel/a.ko").is_file());
        assert!(!into.join("usr").exists());
    }
}

#[test]
fn a_package_cut_anywhere_is_damaged() {
    let content: Vec<u8> = (0..50_000u32)
        .map(|n| (n.wrapping_mul(n) >> 5) as u8)
        .collect();
    let package = deb(Some(Compression::Xz), &[("./boot/vmlinuz-1", &content)]);
    for kept in (8..package.len()).step_by(package.len() / 23) {
        let (_dir, unpacked) = unpack_bytes(&package[..kept]);
        let error = unpacked.unwrap_err().to_string();
        assert!(error.contains("damaged"), "{kept}: {error}");
    }
}

#[test]
fn a_flipped_bit_is_noticed() {
    let content: Vec<u8> = (0..50_000u32)
        .map(|n| (n.wrapping_mul(n) >> 5) as u8)
        .collect();
    let mut package = deb(Some(Compression::Xz), &[("./boot/vmlinuz-1", &content)]);
    let middle = package.len() / 2;
    package[middle] ^= 1;
    assert!(unpack_bytes(&package).1.is_err());
}

#[test]
fn a_hostile_member_condemns_the_package() {
    for name in ["./lib/modules/../../../evil", "/boot/vmlinuz-1", "../evil"] {
        let (dir, unpacked) = unpack_bytes(&deb(None, &[(name, b"x")]));
        assert!(matches!(unpacked, Err(UnpackError::Hostile { .. })));
        assert!(!dir.path().join("evil").exists());
    }
}

#[test]
fn a_claimed_size_is_not_believed() {
    let mut data = tar(&[("./boot/vmlinuz-1", b"x")]);
    // 8 GiB less one, in octal, at the place of the size; the checksum made anew.
    data[124..135].copy_from_slice(b"77777777777");
    data[148..156].fill(b' ');
    let sum: u32 = data[..512].iter().map(|byte| u32::from(*byte)).sum();
    data[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let package = build_ar(&[("debian-binary", b"2.0\n"), ("data.tar", &data)]);
    let (_dir, unpacked) = unpack_bytes(&package);
    assert!(matches!(unpacked, Err(UnpackError::TooLarge { .. })));
}

#[test]
fn links_are_not_made() {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(0);
    header.set_entry_type(tar::EntryType::Symlink);
    builder
        .append_link(&mut header, "lib/modules/6.1/build", "/etc")
        .unwrap();
    let data = builder.into_inner().unwrap();
    let package = build_ar(&[("debian-binary", b"2.0\n"), ("data.tar", &data)]);
    let (dir, unpacked) = unpack_bytes(&package);
    assert_eq!(unpacked.unwrap(), Unpacked::default());
    assert!(!dir.path().join("into/lib").exists());
}

#[test]
fn what_is_no_package() {
    for (bytes, says) in [
        (b"<html>".to_vec(), "no Debian package"),
        (build_ar(&[("x", b"y")]), "no debian-binary"),
        (build_ar(&[("debian-binary", b"2.0\n")]), "no data.tar"),
        (build_ar(&[("debian-binary", b"9\n")]), "not known"),
        (
            build_ar(&[("debian-binary", b"2.0\n"), ("data.tar.zz", b"?????")]),
            "compression",
        ),
    ] {
        let error = unpack_bytes(&bytes).1.unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_cancel_is_heard() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("k.deb");
    fs::write(&path, deb(None, &MEMBERS)).unwrap();
    let cancel = Cancel::new();
    cancel.cancel();
    let ended = unpack(&path, None, &dir.path().join("into"), &cancel, &mut |_| ());
    assert!(matches!(ended, Err(UnpackError::Cancelled(_))));
}

#[test]
fn an_alpine_package_is_three_archives_one_after_the_other() {
    // Only the last has its end marked (abuild-tar --cut).
    let cut = |mut archive: Vec<u8>| {
        archive.truncate(archive.len() - 1024);
        archive
    };
    let package: Vec<u8> = [
        cut(tar(&[(".SIGN.RSA.key", b"signature")])),
        cut(tar(&[(".PKGINFO", b"pkgname = linux-virt")])),
        tar(&[
            ("boot/vmlinuz-virt", b"kernel"),
            ("boot/config-6.6.1-0-virt", b"CONFIG_X=y"),
            ("lib/modules/6.6.1-0-virt/kernel/a.ko.gz", b"module"),
        ]),
    ]
    .iter()
    .flat_map(|archive| pack::pack(Compression::Gzip, archive))
    .collect();
    let (dir, unpacked) = unpack_as(PackageFormat::Apk, &package);
    let unpacked = unpacked.unwrap();
    assert_eq!(unpacked.image.unwrap(), Path::new("boot/vmlinuz-virt"));
    assert!(unpacked.config.is_some() && unpacked.modules);
    let module = dir
        .path()
        .join("into/lib/modules/6.6.1-0-virt/kernel/a.ko.gz");
    assert_eq!(fs::read(module).unwrap(), b"module");
    let (_dir, error) = unpack_as(PackageFormat::Apk, b"ADBd....");
    assert!(error.unwrap_err().to_string().contains("version 3"));
}

#[test]
fn a_void_package() {
    let data = tar(&[
        ("./props.plist", b"<plist>"),
        ("./boot/vmlinuz-6.6.1_1", b"kernel"),
        ("./usr/lib/modules/6.6.1_1/kernel/a.ko.zst", b"module"),
    ]);
    for compression in [Compression::Zstd, Compression::Xz] {
        let (dir, unpacked) = unpack_as(PackageFormat::Xbps, &pack::pack(compression, &data));
        assert!(unpacked.unwrap().image.is_some());
        let modules = dir.path().join("into/lib/modules/6.6.1_1");
        assert!(modules.join("kernel/a.ko.zst").is_file());
    }
}

#[test]
fn an_rpm_package_in_every_compression() {
    let payload = cpio(&[
        ("./lib/modules/6.6.1.fc40/vmlinuz", b"kernel"),
        ("./lib/modules/6.6.1.fc40/config", b"CONFIG_X=y"),
        ("./lib/modules/6.6.1.fc40/kernel/a.ko.xz", b"module"),
        ("./usr/share/doc/x", b"text"),
    ]);
    let mut payloads = vec![payload.clone()];
    payloads.extend(
        pack::ALL
            .iter()
            .filter(|compression| **compression != Compression::Lz4)
            .map(|compression| pack::pack(*compression, &payload)),
    );
    for payload in payloads {
        let (dir, unpacked) = unpack_as(PackageFormat::Rpm, &rpm(13, &payload));
        let unpacked = unpacked.unwrap();
        assert_eq!(
            unpacked.image.as_deref(),
            Some(Path::new("lib/modules/6.6.1.fc40/vmlinuz"))
        );
        assert!(unpacked.modules && unpacked.config.is_some());
        assert!(!dir.path().join("into/usr").exists());
    }
}

#[test]
fn a_damaged_rpm_package_says_so() {
    let payload = cpio(&[("./lib/modules/1/vmlinuz", &[7; 5000])]);
    let package = rpm(0, &pack::pack(Compression::Zstd, &payload));
    for kept in (5..package.len()).step_by(7) {
        let (_dir, unpacked) = unpack_as(PackageFormat::Rpm, &package[..kept]);
        let error = unpacked.unwrap_err().to_string();
        assert!(error.contains("damaged"), "{kept}: {error}");
    }
    let hostile = rpm(0, &cpio(&[("../boot/vmlinuz-1", b"x")]));
    let (_dir, unpacked) = unpack_as(PackageFormat::Rpm, &hostile);
    assert!(matches!(unpacked, Err(UnpackError::Hostile { .. })));
}

#[test]
fn a_tarball_packed_or_not() {
    let data = tar(&[
        ("vmlinux", b"kernel"),
        ("config", b"CONFIG_X=y"),
        ("modules/kernel/a.ko", b"module"),
        ("initrd", b"as it is"),
    ]);
    for package in [data.clone(), pack::pack(Compression::Zstd, &data)] {
        let (dir, unpacked) = unpack_as(PackageFormat::Tarball, &package);
        let unpacked = unpacked.unwrap();
        assert_eq!(unpacked.image.as_deref(), Some(Path::new("vmlinux")));
        assert!(unpacked.config.is_some() && unpacked.modules);
        assert!(dir.path().join("into/lib/modules/kernel/a.ko").is_file());
        let initrd = dir.path().join("into").join(unpacked.initrd.unwrap());
        assert_eq!(fs::read(initrd).unwrap(), b"as it is");
    }
}

#[test]
fn another_format_than_was_said() {
    let error = unpack_as(PackageFormat::Rpm, &deb(None, &MEMBERS)).1;
    assert!(matches!(error, Err(UnpackError::OtherFormat { .. })));
    let error = unpack_as(PackageFormat::Tarball, b"text").1.unwrap_err();
    assert!(error.to_string().contains("no tarball"), "{error}");
}
