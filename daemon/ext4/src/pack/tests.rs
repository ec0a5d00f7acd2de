//! From a tar to an image and back.

use std::io::Read;
use std::sync::atomic::AtomicBool;

use tar::{Builder, EntryType, Header};

use crate::archive::Archive;
use crate::entry::{Entry, Kind};
use crate::{Options, PackError, pack_tar, write_tar};

const ACL: &[u8] = &[
    2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 232, 3, 0, 0, 4, 0, 4, 0, 255, 255,
    255, 255, 16, 0, 4, 0, 255, 255, 255, 255, 32, 0, 4, 0, 255, 255, 255, 255,
];

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(70_000);
    header.set_gid(3_000_000);
    header.set_mtime(1_600_000_000);
    header
}

/// Something of everything.
fn original() -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    let long = format!("d/{}", "n".repeat(200));
    tar.append_pax_extensions([
        ("mtime", &b"-1.25"[..]),
        ("SCHILY.xattr.user.a", b"\0\xff=\n"),
    ])
    .unwrap();
    tar.append_data(&mut header(EntryType::Directory, 0o1750, 0), "./", &b""[..])
        .unwrap();
    tar.append_data(&mut header(EntryType::Directory, 0o700, 0), "d/", &b""[..])
        .unwrap();
    tar.append_pax_extensions([
        ("mtime", &b"1600000000.123456789"[..]),
        (
            "SCHILY.xattr.security.capability",
            b"\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        ),
        ("SCHILY.xattr.system.posix_acl_access", ACL),
    ])
    .unwrap();
    tar.append_data(
        &mut header(EntryType::Regular, 0o4644, 5),
        &long,
        &b"hello"[..],
    )
    .unwrap();
    tar.append_link(&mut header(EntryType::Link, 0o4644, 0), "other", &long)
        .unwrap();
    let target = format!("/a//{}", "t".repeat(150));
    tar.append_link(&mut header(EntryType::Symlink, 0o777, 0), "far", &target)
        .unwrap();
    tar.append_link(&mut header(EntryType::Symlink, 0o777, 0), "near", "./d//x/")
        .unwrap();
    let big: Vec<u8> = (0..300_000u32).map(|n| (n / 7) as u8).collect();
    tar.append_data(
        &mut header(EntryType::Regular, 0o600, 300_000),
        "big",
        &big[..],
    )
    .unwrap();
    for (name, kind, major, minor) in [
        ("tty", EntryType::Char, 5, 0),
        ("disk", EntryType::Block, 259, 70_000),
        ("pipe", EntryType::Fifo, 0, 0),
    ] {
        let mut header = header(kind, 0o620, 0);
        header.set_device_major(major).unwrap();
        header.set_device_minor(minor).unwrap();
        tar.append_data(&mut header, name, &b""[..]).unwrap();
    }
    // Holes, few and many bytes of them.
    for (name, size) in [("thin", 1u64 << 20), ("thinner", 5 << 30)] {
        let map = format!("1\n{}\n3\n", size - 4096);
        let mut data = map.into_bytes();
        data.resize(512, 0);
        data.extend(b"end");
        tar.append_pax_extensions([
            ("GNU.sparse.major", &b"1"[..]),
            ("GNU.sparse.minor", b"0"),
            ("GNU.sparse.realsize", size.to_string().as_bytes()),
        ])
        .unwrap();
        let mut header = header(EntryType::Regular, 0o644, data.len() as u64);
        tar.append_data(&mut header, name, &data[..]).unwrap();
    }
    for number in 0..2000 {
        let name = format!("many/{number:04}");
        tar.append_data(&mut header(EntryType::Regular, 0o644, 0), name, &b""[..])
            .unwrap();
    }
    tar.into_inner().unwrap()
}

/// Entries by name, with the bytes of small files.
fn entries(tar: &[u8]) -> Vec<(Entry, Vec<u8>)> {
    let mut archive = Archive::new(tar);
    let mut all = Vec::new();
    while let Some(mut entry) = archive.next_entry().unwrap() {
        let mut data = Vec::new();
        archive.read_to_end(&mut data).unwrap();
        if let Kind::File(of) = &mut entry.kind {
            // What is a hole and what are zeros may differ.
            let mut whole = vec![0; usize::try_from(of.size.min(1 << 20)).unwrap()];
            let mut from = 0;
            for segment in &of.segments {
                let len = usize::try_from(segment.len).unwrap();
                let at = usize::try_from(segment.offset % (1 << 20)).unwrap();
                let to = (at + len).min(whole.len());
                whole[at..to].copy_from_slice(&data[from..from + to - at]);
                from += len;
            }
            of.segments.clear();
            data = whole;
        }
        let path = String::from_utf8(entry.path.clone()).unwrap();
        entry.path = path.trim_start_matches("./").trim_end_matches('/').into();
        entry.xattrs.sort_by(|a, b| a.name.cmp(&b.name));
        all.push((entry, data));
    }
    all.sort_by(|a, b| a.0.path.cmp(&b.0.path));
    all
}

fn there_and_back(tar: &[u8]) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let image = directory.path().join("image");
    let never = AtomicBool::new(false);
    let options = Options::new(8 << 30);
    write_tar(tar, &image, &options, &mut |_| {}, &never).unwrap();
    let mut packed = Vec::new();
    pack_tar(&image, &mut packed, &never).unwrap();
    packed
}

#[test]
fn everything_comes_back() {
    let packed = there_and_back(&original());
    let (mut before, after) = (entries(&original()), entries(&packed));
    // The directory that was only implied.
    let implied = after.iter().find(|(entry, _)| entry.path == b"many");
    before.push(implied.unwrap().clone());
    before.sort_by(|a, b| a.0.path.cmp(&b.0.path));
    assert_eq!(before.len(), after.len());
    for (mut before, mut after) in before.into_iter().zip(after) {
        // The first of two names is the file.
        if before.0.path == b"other" || before.0.path.starts_with(b"d/n") {
            before.0.metadata = after.0.metadata;
            before.0.xattrs.clear();
            after.0.xattrs.clear();
        }
        assert_eq!(before.0, after.0);
        assert!(
            before.1 == after.1,
            "{:?}",
            String::from_utf8_lossy(&before.0.path)
        );
    }
    assert!(
        packed.len() < 10 << 20,
        "holes are left out: {}",
        packed.len()
    );
    // From then on nothing changes any more.
    assert!(there_and_back(&packed) == packed);
}

#[test]
fn attributes_and_names_are_those_of_the_file() {
    let packed = there_and_back(&original());
    let all = entries(&packed);
    let of = |path: &[u8]| &all.iter().find(|(e, _)| e.path == path).unwrap().0;
    let file = all
        .iter()
        .find(|(e, _)| e.path.starts_with(b"d/n"))
        .unwrap();
    let names: Vec<_> = file.0.xattrs.iter().map(|x| x.name.as_slice()).collect();
    let expected: [&[u8]; 2] = [b"security.capability", b"system.posix_acl_access"];
    assert_eq!(names, expected);
    assert_eq!(file.0.xattrs[1].value, ACL);
    assert!(matches!(&of(b"other").kind, Kind::HardLink { target } if target.starts_with(b"d/n")));
    assert_eq!(of(b"").metadata.mtime.nanoseconds, 750_000_000);
}

#[test]
fn what_a_layer_cannot_have_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let image = directory.path().join("image");
    let never = AtomicBool::new(false);
    let mut tar = Builder::new(Vec::new());
    tar.append_data(
        &mut header(EntryType::Regular, 0o644, 0),
        "a/.wh.b",
        &b""[..],
    )
    .unwrap();
    let tar = tar.into_inner().unwrap();
    let options = Options::new(64 << 20);
    write_tar(&tar[..], &image, &options, &mut |_| {}, &never).unwrap();
    let packed = pack_tar(&image, std::io::sink(), &never);
    assert!(matches!(packed, Err(PackError::Whiteout(name)) if name == "a/.wh.b"));
    let stopped = pack_tar(&image, std::io::sink(), &AtomicBool::new(true));
    assert!(matches!(stopped, Err(PackError::Cancelled)));
    std::fs::write(&image, [0; 8192]).unwrap();
    assert!(pack_tar(&image, std::io::sink(), &never).is_err());
    assert!(pack_tar(&directory.path().join("none"), std::io::sink(), &never).is_err());
}
