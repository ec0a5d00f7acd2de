//! What an archive says is what the image has.

use banger_ext4::Options;

use crate::support::{Image, Member, Tar, import, import_with, record};

fn image(members: impl IntoIterator<Item = Member>) -> Image {
    import(&Tar::of(members)).unwrap()
}

#[test]
fn every_kind_of_member() {
    let mut console = Member::new(b'3', "dev/console");
    (console.device, console.mode) = ((5, 1), 0o600);
    let mut disk = Member::new(b'4', "dev/disk");
    disk.device = (259, 70_000);
    let image = image([
        console,
        disk,
        Member::new(b'6', "fifo"),
        Member::directory("empty"),
        Member::file("file", "content"),
        Member::symlink("link", "file"),
        Member::hard_link("again", "file"),
    ]);
    let found = image.read();
    let kinds: String = found.values().map(|inode| inode.kind).collect();
    // "", again, dev, dev/console, dev/disk, empty, fifo, file, link
    assert_eq!(kinds, "d-dcbdp-l");
    assert_eq!(found[&b"dev/console"[..]].device, Some((5, 1)));
    assert_eq!(found[&b"dev/console"[..]].mode, 0o600);
    assert_eq!(found[&b"dev/disk"[..]].device, Some((259, 70_000)));
    assert_eq!(found[&b"again"[..]].number, found[&b"file"[..]].number);
    assert_eq!(found[&b"again"[..]].links, 2);
    assert_eq!(found[&b"link"[..]].data, b"file");
    assert_eq!(image.summary.implied_directories, 1);
}

#[test]
fn an_empty_archive_is_an_empty_root_without_lost_and_found() {
    let image = image([]);
    assert_eq!(image.read().len(), 1);
}

#[test]
fn owners_modes_and_times() {
    let mut member = Member::file("usr/bin/sudo", "");
    (member.mode, member.uid, member.gid) = (0o6755, 4_000_000_000, 70_000);
    member.mtime = 1;
    let mut sticky = Member::directory("tmp");
    (sticky.mode, sticky.mtime) = (0o1777, 1 << 32);
    let old = Member::file("old", "").pax("mtime", "-86400.25");
    let image = image([member, sticky, old]);
    let sudo = image.get("usr/bin/sudo");
    assert_eq!(
        (sudo.mode, sudo.uid, sudo.gid, sudo.mtime),
        (0o6755, 4_000_000_000, 70_000, 1)
    );
    let tmp = image.get("tmp");
    assert_eq!((tmp.mode, tmp.mtime), (0o1777, 1 << 32));
    assert_eq!(image.get("old").mtime, -86401);
}

#[test]
fn the_roots_own_attributes() {
    let mut root = Member::directory("./").xattr("user.root", "yes");
    (root.mode, root.uid, root.mtime) = (0o700, 12, 99);
    let image = image([Member::file("./a", "x"), root]);
    let root = image.get("");
    assert_eq!((root.mode, root.uid, root.mtime), (0o700, 12, 99));
    assert_eq!(root.xattrs["user.root"], b"yes");
    assert_eq!(image.get("a").data, b"x");
}

#[test]
fn binary_xattrs_capabilities_and_acls() {
    // cap_net_raw=ep, as in VFS_CAP_REVISION_2; it holds newlines' and equals signs' codes.
    let capability = b"\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\x0a=\x0a\0\0\0\0";
    let acl = b"\x02\0\0\0\x01\0\x07\0\xff\xff\xff\xff\x02\0\x05\0\xe8\x03\0\0\x04\0\x05\0\xff\xff\xff\xff\x10\0\x05\0\xff\xff\xff\xff\x20\0\x04\0\xff\xff\xff\xff";
    // ext4 keeps no number for owner, group, mask and others, and debugfs shows 0.
    let acl_read = acl.map(|byte| if byte == 0xff { 0 } else { byte });
    let image = image([
        Member::file("ping", "x").xattr("security.capability", capability),
        Member::directory("d").xattr("system.posix_acl_default", acl),
        Member::directory("t").pax(
            "SCHILY.acl.access",
            "user::rwx,user:1000:r-x,group::r-x,mask::r-x,other::r--",
        ),
        Member::file("big", "")
            .xattr("user.big", [7u8; 3500])
            .xattr("user.small", ""),
        Member::file("mac", "").xattr("com.apple.provenance", "x"),
        // As bsdtar has them, with and without padding, and in both forms.
        Member::file("bsd", "")
            .pax("LIBARCHIVE.xattr.user.lines", "YQpi")
            .pax("LIBARCHIVE.xattr.user.padded", "YQ==")
            .pax("LIBARCHIVE.xattr.user.both", "Yg")
            .xattr("user.both", "a"),
    ]);
    let bsd = image.get("bsd");
    assert_eq!(bsd.xattrs["user.lines"], b"a\nb");
    assert_eq!(bsd.xattrs["user.padded"], b"a");
    assert_eq!(bsd.xattrs["user.both"], b"a");
    assert_eq!(image.get("ping").xattrs["security.capability"], capability);
    assert_eq!(image.get("d").xattrs["system.posix_acl_default"], acl_read);
    assert_eq!(image.get("t").xattrs["system.posix_acl_access"], acl_read);
    let big = image.get("big");
    assert_eq!(big.xattrs["user.big"], [7u8; 3500]);
    assert_eq!(big.xattrs["user.small"], b"");
    assert!(image.get("mac").xattrs.is_empty());
    assert_eq!(image.summary.dropped_xattrs, 1);
}

#[test]
fn names_of_any_bytes_and_255_of_them() {
    let odd = b"\xff\xfe sp\"ace \\ \xc3\x28".as_slice();
    let long = [b'n'; 255];
    let deep = [b"deep/".repeat(200), b"end".to_vec()].concat();
    let image = image([
        Member::file(odd, "odd"),
        Member::file(long, "long"),
        Member::file(&deep, "deep"),
    ]);
    assert_eq!(image.get(odd).data, b"odd");
    assert_eq!(image.get(long).data, b"long");
    assert_eq!(image.get(&deep).data, b"deep");
}

#[test]
fn gnu_long_names_and_targets() {
    let name = [b"long/".repeat(60), b"name".to_vec()].concat();
    let target = b"t/".repeat(300);
    let mut tar = Tar::default();
    tar.add_raw(b'K', b"././@LongLink", &[target.as_slice(), b"\0"].concat());
    tar.add_raw(b'L', b"././@LongLink", &[name.as_slice(), b"\0"].concat());
    tar.add(&Member::symlink("cut", "cut"));
    tar.add(&Member::file("next", "n"));
    let image = import(&tar.end()).unwrap();
    assert_eq!(image.get(&name).data, target);
    assert_eq!(image.get("next").data, b"n");
}

#[test]
fn link_targets_of_every_length_around_the_limits() {
    let lens = [1, 58, 59, 60, 61, 255, 4094, 4095];
    let image = image(lens.map(|len| Member::symlink(format!("l{len}"), vec![b'x'; len])));
    for len in lens {
        assert_eq!(image.get(format!("l{len}")).data, vec![b'x'; len], "{len}");
    }
}

#[test]
fn file_sizes_around_the_blocks() {
    let lens = [
        0,
        1,
        511,
        512,
        513,
        4095,
        4096,
        4097,
        1 << 20,
        (3 << 20) + 1,
    ];
    let data = |len: usize| -> Vec<u8> { (0..len).map(|i| (i * 7 % 253) as u8).collect() };
    let image = image(lens.map(|len| Member::file(format!("f{len}"), data(len))));
    let found = image.read();
    for len in lens {
        let inode = &found[format!("f{len}").as_bytes()];
        assert!(inode.data == data(len), "{len}");
        assert_eq!(inode.sectors, len.div_ceil(4096) as u64 * 8);
    }
}

#[test]
fn later_members_replace_earlier_ones_of_any_type() {
    let big = vec![1u8; 100_000];
    let image = image([
        Member::file("a", &big).xattr("user.x", vec![1; 1000]),
        Member::file("a", "second"),
        Member::directory("b"),
        Member::file("b/c/d", &big),
        Member::file("b", "file now"),
        Member::file("e", "file"),
        Member::directory("e"),
        Member::file("e/f", "below"),
        Member::directory("g").xattr("user.x", "old"),
        Member::file("g/stays", "yes"),
        Member {
            mode: 0o700,
            ..Member::directory("g")
        },
        Member::symlink("h", [b'x'; 100]),
        Member::file("h", "no link"),
        Member::file("i", "first"),
        Member::hard_link("j", "i"),
        Member::file("i", "other"),
        Member::hard_link("j", "j"),
        Member::file("k/l", "kept by its link"),
        Member::hard_link("m", "k/l"),
        Member::file("k", "k"),
    ]);
    let found = image.read();
    let data = |name: &str| found[name.as_bytes()].data.clone();
    assert_eq!(data("a"), b"second");
    assert!(found[&b"a"[..]].xattrs.is_empty());
    assert_eq!(data("b"), b"file now");
    assert!(!found.contains_key(&b"b/c"[..]));
    assert_eq!(data("e/f"), b"below");
    assert_eq!(found[&b"g"[..]].mode, 0o700);
    assert!(found[&b"g"[..]].xattrs.is_empty());
    assert_eq!(data("g/stays"), b"yes");
    assert_eq!(data("h"), b"no link");
    assert_eq!(
        (data("i"), data("j")),
        (b"other".to_vec(), b"first".to_vec())
    );
    assert_eq!(found[&b"j"[..]].links, 1);
    assert_eq!(
        (data("k"), data("m")),
        (b"k".to_vec(), b"kept by its link".to_vec())
    );
    assert_eq!(found[&b"m"[..]].links, 1);
}

#[test]
fn parents_that_come_later_get_their_attributes() {
    let mut parent = Member::directory("a/b/");
    (parent.mode, parent.uid) = (0o711, 5);
    let image = image([Member::file("a/b/c", "x"), parent]);
    let b = image.get("a/b");
    assert_eq!((b.mode, b.uid), (0o711, 5));
    assert_eq!(image.get("a").mode, 0o755);
    assert_eq!(image.get("a/b/c").data, b"x");
}

#[test]
fn a_directory_of_many_names() {
    let members = (0..3000).map(|i| Member::file(format!("d/{i:0>60}"), ""));
    let image = image(members);
    let found = image.read();
    assert_eq!(found.len(), 3002);
    // 60 names of 68 bytes fit into a block, "." and ".." with 58 of them.
    assert_eq!(found[&b"d"[..]].sectors, 51 * 8);
}

#[test]
fn names_beyond_the_link_count() {
    // 65,000 subdirectories are ext4's limit for counting; it goes on without.
    let mut options = Options::new(512 << 20);
    options.inodes = Some(70_000);
    let members = (0..65_100).map(|i| Member::directory(format!("d/{i}")));
    let image = import_with(&Tar::of(members), &options).unwrap();
    assert_eq!(image.summary.used_inodes, 10 + 1 + 65_100);
}

#[test]
fn global_records_hold_until_they_are_overridden() {
    let mut tar = Tar::default();
    tar.add_raw(
        b'g',
        b"g",
        &[record(b"comment", b"c"), record(b"uid", b"7")].concat(),
    );
    tar.add(&Member::file("a", ""));
    tar.add(&Member::file("b", "").pax("uid", "8"));
    tar.add(&Member::file("c", ""));
    let image = import(&tar.end()).unwrap();
    let uids = ["a", "b", "c"].map(|name| image.get(name).uid);
    assert_eq!(uids, [7, 8, 7]);
}

#[test]
fn old_directories_labels_and_contiguous_files() {
    let image = image([
        Member::new(b'V', "label"),
        Member::new(0, "old-dir/"),
        Member {
            kind: 0,
            ..Member::file("old-file", "old")
        },
        Member {
            kind: b'7',
            ..Member::file("contiguous", "c")
        },
    ]);
    let found = image.read();
    assert_eq!(found[&b"old-dir"[..]].kind, 'd');
    assert_eq!(found[&b"old-file"[..]].data, b"old");
    assert_eq!(found[&b"contiguous"[..]].data, b"c");
    assert_eq!(found.len(), 4);
}

#[test]
fn the_same_archive_gives_the_same_bytes() {
    let tar = Tar::of([
        Member::file("a/b", vec![3; 10_000]).xattr("user.x", "y"),
        Member::symlink("s", "a/b"),
        Member::directory("d"),
    ]);
    let (one, two) = (import(&tar).unwrap(), import(&tar).unwrap());
    assert!(std::fs::read(&one.path).unwrap() == std::fs::read(&two.path).unwrap());
}
