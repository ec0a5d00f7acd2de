//! Packages made by hand, whole, damaged and hostile.

use super::*;
use crate::compression::pack;
use crate::deb::build_ar;

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
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

fn unpack_bytes(package: &[u8]) -> (tempfile::TempDir, Result<Unpacked, UnpackError>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("k.deb");
    fs::write(&path, package).unwrap();
    let into = dir.path().join("into");
    let unpacked = unpack(&path, &into, &Cancel::new(), &mut |_| ());
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
    for kept in (0..package.len()).step_by(package.len() / 23) {
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
        (b"<html>".to_vec(), "no ar archive"),
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
    let ended = unpack(&path, &dir.path().join("into"), &cancel, &mut |_| ());
    assert!(matches!(ended, Err(UnpackError::Cancelled(_))));
}
