//! Archives that lie: each is refused with its member, its place and what to do, and leaves
//! nothing behind (which `refused` checks).

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

use banger_ext4::{ImportError, Options, write_tar};

use crate::support::{CAPACITY, Member, Tar, import, record, refused, refused_with};

fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

#[test]
fn climbing_names() {
    for name in ["../evil", "a/../../evil", ".."] {
        let text = refused(&Tar::of([Member::file(name, "")]));
        contains(&text, &[name, "at byte 0", "\"..\""]);
    }
    let text = refused(&Tar::of([Member::hard_link("a", "../../etc/shadow")]));
    contains(&text, &["\"..\""]);
}

#[test]
fn absolute_names_lose_their_slash() {
    let image = import(&Tar::of([Member::file("/etc/passwd", "x")])).unwrap();
    assert_eq!(image.get("etc/passwd").data, b"x");
}

#[test]
fn a_ten_tib_claim_is_refused_at_once() {
    let claim = 10u64 << 40;
    // Sparse, with its map before the data.
    let sparse = Member::file(
        "huge",
        [b"1\n0\n512\n".as_slice(), &[0; 504], &[1; 512]].concat(),
    )
    .pax("GNU.sparse.major", "1")
    .pax("GNU.sparse.minor", "0")
    .pax("GNU.sparse.realsize", claim.to_string());
    contains(
        &refused(&Tar::of([sparse])),
        &["huge", "10995116277760", "capacity"],
    );
    // Plain, in PAX and in the header.
    let plain = Member::file("huge", "").pax("size", claim.to_string());
    contains(&refused(&Tar::of([plain])), &["huge", "10995116277760"]);
}

#[test]
fn more_data_than_the_image_holds() {
    let mut options = Options::new(8 << 20);
    options.inodes = Some(64);
    let text = refused_with(&Tar::of([Member::file("big", vec![1; 8 << 20])]), &options);
    contains(&text, &["big", "capacity"]);
    let many = (0..30).map(|i| Member::file(format!("f{i}"), vec![1; 500_000]));
    contains(&refused_with(&Tar::of(many), &options), &["capacity"]);
}

#[test]
fn floods_of_entries_devices_and_names() {
    let mut options = Options::new(CAPACITY);
    options.max_entries = 100;
    let flood = || (0..200).map(|i| Member::new(b'3', format!("dev/{i}")));
    contains(
        &refused_with(&Tar::of(flood()), &options),
        &["limit of 100 entries"],
    );
    let deep = Member::file("a/".repeat(150) + "x", "");
    contains(
        &refused_with(&Tar::of([deep]), &options),
        &["limit of 100 entries"],
    );

    let mut options = Options::new(CAPACITY);
    options.inodes = Some(128);
    contains(
        &refused_with(&Tar::of(flood()), &options),
        &["dev/", "files"],
    );

    let mut options = Options::new(CAPACITY);
    options.max_name_bytes = 1000;
    let names = (0..20).map(|i| Member::file(format!("{i:0>100}"), ""));
    contains(&refused_with(&Tar::of(names), &options), &["1000 bytes"]);
}

#[test]
fn device_numbers_beyond_ext4() {
    let mut device = Member::new(b'3', "dev/x");
    device.device = (4096, 0);
    contains(&refused(&Tar::of([device])), &["dev/x", "4096:0"]);
}

#[test]
fn hard_links_to_nothing_or_to_directories() {
    let text = refused(&Tar::of([Member::hard_link("a", "missing")]));
    contains(&text, &["\"a\"", "\"missing\"", "incomplete"]);
    let text = refused(&Tar::of([
        Member::directory("d"),
        Member::hard_link("a", "d"),
    ]));
    contains(&text, &["\"d\"", "directory"]);
    let text = refused(&Tar::of([Member::hard_link("a", "/")]));
    contains(&text, &["directory"]);
    // The target would go away with what the link replaces.
    let text = refused(&Tar::of([
        Member::file("d/x", ""),
        Member::hard_link("d", "d/y"),
    ]));
    contains(&text, &["d/y"]);
}

#[test]
fn truncated_anywhere() {
    let tar = Tar::of([
        Member::file("a", vec![1; 3000]).xattr("user.x", "y"),
        Member::symlink("b", vec![b'x'; 300]),
    ]);
    for len in (1..tar.len() - 1024).step_by(97) {
        let text = refused(&tar[..len]);
        let expected = if len < 512 { "not a tar" } else { "incomplete" };
        contains(&text, &[expected]);
    }
    contains(&refused(b""), &["empty"]);
    // One zero block and nothing more is seen in the wild.
    assert!(import(&tar[..tar.len() - 512]).is_ok());
}

#[test]
fn garbage_at_the_start_and_later() {
    contains(&refused(&[b'x'; 5000]), &["not a tar archive"]);
    let noise: Vec<u8> = (0..5000u32).map(|i| (i * i % 251) as u8).collect();
    contains(&refused(&noise), &["not a tar archive"]);
    let mut tar = Tar::of([Member::file("a", "x"), Member::file("b", "y")]);
    tar[1024 + 10] ^= 0x55;
    contains(&refused(&tar), &["at byte 1024", "no tar header"]);
}

#[test]
fn endless_extensions_take_no_memory() {
    for (kind, what) in [
        (b'x', "PAX header"),
        (b'L', "long name"),
        (b'K', "long link"),
    ] {
        let mut tar = Tar::default();
        let mut member = Member::new(kind, "x");
        member.size = Some(7 << 30);
        tar.add(&member);
        contains(&refused(&tar.end()), &[what, "7516192768", "limit"]);
    }
    let mut tar = Tar::default();
    for i in 0..4 {
        let value = vec![b'v'; 6_000];
        tar.add_raw(b'g', b"g", &record(format!("key{i}").as_bytes(), &value));
    }
    contains(&refused(&tar.end()), &["global PAX headers"]);
}

#[test]
fn malformed_records_and_numbers() {
    let mut tar = Tar::default();
    tar.add_raw(b'x', b"x", b"999 path=a\n");
    tar.add(&Member::file("a", ""));
    contains(&refused(&tar.end()), &["PAX", "malformed"]);
    for (key, value, what) in [
        ("uid", "4294967296", "uid"),
        ("gid", "-1", "gid"),
        ("size", "1e3", "size"),
        ("mtime", "noon", "mtime"),
    ] {
        let member = Member::file("a", "").pax(key, value);
        contains(&refused(&Tar::of([member])), &["\"a\"", what]);
    }
}

#[test]
fn sparse_maps_that_do_not_add_up() {
    for map in [
        "0,10,5,10",
        "0,600",
        "0,512,10",
        "0,511",
        "x",
        "18446744073709551615,512",
    ] {
        let member = Member::file("s", [1; 512])
            .pax("GNU.sparse.size", "1000")
            .pax("GNU.sparse.map", map);
        contains(&refused(&Tar::of([member])), &["\"s\"", "map"]);
    }
    let endless = Member::file("s", [b'1'; 1024])
        .pax("GNU.sparse.major", "1")
        .pax("GNU.sparse.realsize", "5");
    contains(&refused(&Tar::of([endless])), &["map"]);
}

#[test]
fn types_and_roots_that_cannot_be() {
    contains(
        &refused(&Tar::of([Member::new(b'M', "a")])),
        &["'M'", "not supported"],
    );
    contains(
        &refused(&Tar::of([Member::file(".", "")])),
        &["root directory"],
    );
    contains(
        &refused(&Tar::of([Member::symlink("/", "x")])),
        &["root directory"],
    );
    contains(&refused(&Tar::of([Member::symlink("a", "")])), &["0 bytes"]);
    contains(
        &refused(&Tar::of([Member::symlink("a", [b'x'; 4096])])),
        &["4096 bytes"],
    );
    contains(
        &refused(&Tar::of([Member::file([b'x'; 256], "")])),
        &["256"],
    );
    contains(
        &refused(&Tar::of([Member::file("a", ""), Member::file("a/b", "")])),
        &["a/b", "not a directory"],
    );
    contains(
        &refused(&Tar::of([Member::file("a", "").xattr("user.x", [1; 5000])])),
        &["\"a\"", "4 KiB"],
    );
    contains(
        &refused(&Tar::of([
            Member::file("a", "").pax("SCHILY.acl.access", "user:joe:rwx")
        ])),
        &["user:joe:rwx", "without --acls"],
    );
}

#[test]
fn a_malformed_acl_is_dropped() {
    let image = import(&Tar::of([
        Member::file("a", "").xattr("system.posix_acl_access", "\x02")
    ]))
    .unwrap();
    assert_eq!(image.summary.dropped_xattrs, 1);
}

#[test]
fn a_destination_that_exists_is_not_touched() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("image");
    std::fs::write(&path, "precious").unwrap();
    let tar = Tar::of([Member::file("a", "")]);
    let result = write_tar(
        &tar[..],
        &path,
        &Options::new(CAPACITY),
        &mut |_| {},
        &AtomicBool::new(false),
    );
    assert!(matches!(result, Err(ImportError::Format(_))));
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
}

#[test]
fn cancelling_stops_a_long_file_and_leaves_nothing() {
    struct Endless<'a>(&'a AtomicBool, u64);
    impl Read for Endless<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.1 += buffer.len() as u64;
            assert!(self.1 < 64 << 20, "it was not stopped");
            if self.1 > 4 << 20 {
                self.0.store(true, Ordering::Relaxed);
            }
            buffer.fill(1);
            Ok(buffer.len())
        }
    }
    let cancel = AtomicBool::new(false);
    let mut tar = Tar::default();
    let mut member = Member::file("long", "");
    member.size = Some(1 << 30);
    tar.add(&member);
    let directory = tempfile::tempdir().unwrap();
    let result = write_tar(
        tar.0.as_slice().chain(Endless(&cancel, 0)),
        &directory.path().join("image"),
        &Options::new(2 << 30),
        &mut |_| {},
        &cancel,
    );
    assert!(matches!(result, Err(ImportError::Cancelled)), "{result:?}");
    assert_eq!(directory.path().read_dir().unwrap().count(), 0);
}
