//! What a guest may send, and what it may not.

use std::os::unix::fs::{MetadataExt, symlink};

use proptest::prelude::*;
use tar::{Builder, Header};

use super::*;

/// A member: its kind, its name as it is in the header, and its content or target.
type Member<'a> = (EntryType, &'a [u8], &'a [u8]);

fn archive(members: &[Member<'_>]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (kind, name, content) in members {
        let mut header = Header::new_gnu();
        // Written raw: the library's own setters refuse what a hostile guest writes.
        let room = &mut header.as_old_mut().name;
        room.iter_mut()
            .zip(*name)
            .for_each(|(to, from)| *to = *from);
        header.set_entry_type(*kind);
        header.set_mode(0o6755);
        header.set_mtime(1_000_000);
        let is_link = matches!(kind, EntryType::Symlink | EntryType::Link);
        let body: &[u8] = if is_link { b"" } else { content };
        if is_link {
            let room = &mut header.as_old_mut().linkname;
            room.iter_mut()
                .zip(*content)
                .for_each(|(to, from)| *to = *from);
        }
        header.set_size(body.len() as u64);
        header.set_cksum();
        builder.append(&header, body).unwrap();
    }
    builder.into_inner().unwrap()
}

fn unpack(to: &Path, source: &str, members: &[Member<'_>]) -> Result<Extracted, CopyError> {
    extract(archive(members).as_slice(), &Destination::look(to, source)?)
}

const DIR: EntryType = EntryType::Directory;
const FILE: EntryType = EntryType::Regular;
const LINK: EntryType = EntryType::Symlink;

#[test]
fn a_directory_goes_into_one_and_becomes_another() {
    let place = tempfile::tempdir().unwrap();
    let tree: [Member<'_>; 3] = [
        (DIR, b"src", b""),
        (FILE, b"src/a", b"A"),
        (LINK, b"src/l", b"/etc/x"),
    ];
    let done = unpack(place.path(), "/src", &tree).unwrap();
    assert_eq!((done.entries, done.bytes), (3, 1));
    assert_eq!(fs::read(place.path().join("src/a")).unwrap(), b"A");
    assert_eq!(
        fs::read_link(place.path().join("src/l")).unwrap(),
        Path::new("/etc/x")
    );
    let of = fs::metadata(place.path().join("src")).unwrap();
    assert_eq!((of.mode() & 0o7777, of.mtime()), (0o755, 1_000_000));

    unpack(&place.path().join("new"), "/src", &tree).unwrap();
    assert!(place.path().join("new/a").exists());
    unpack(&place.path().join("flat"), "/src/.", &tree).unwrap();
    assert!(place.path().join("flat/a").exists());
    // A second time, over what is there.
    unpack(place.path(), "/src", &tree).unwrap();
}

#[test]
fn a_file_lands_where_cp_would_put_it() {
    let place = tempfile::tempdir().unwrap();
    let file: [Member<'_>; 1] = [(FILE, b"a.txt", b"A")];
    unpack(place.path(), "/a.txt", &file).unwrap();
    assert!(place.path().join("a.txt").exists());
    unpack(&place.path().join("b.txt"), "/a.txt", &file).unwrap();
    assert_eq!(fs::read(place.path().join("b.txt")).unwrap(), b"A");
    assert!(matches!(
        unpack(&place.path().join("no/such"), "/a.txt", &file),
        Err(CopyError::Write { .. })
    ));
    assert!(matches!(
        unpack(&place.path().join("a.txt"), "/src", &[(DIR, b"src", b"")]),
        Err(CopyError::NotADirectory(_))
    ));
}

#[test]
fn hostile_archives_write_nothing_outside() {
    let hostile: [&[Member<'_>]; 8] = [
        &[(DIR, b"src", b""), (FILE, b"../escaped", b"x")],
        &[(DIR, b"src", b""), (FILE, b"src/../../escaped", b"x")],
        &[(DIR, b"src", b""), (FILE, b"/tmp/escaped", b"x")],
        &[(DIR, b"src", b""), (FILE, b"escaped", b"x")],
        &[
            (DIR, b"src", b""),
            (LINK, b"src/up", b".."),
            (FILE, b"src/up/escaped", b"x"),
        ],
        &[
            (DIR, b"src", b""),
            (LINK, b"src/up", b"../.."),
            (DIR, b"src/up/escaped", b""),
        ],
        &[
            (DIR, b"src", b""),
            (EntryType::Link, b"src/h", b"../secret"),
        ],
        &[(FILE, b"src", b"x"), (FILE, b"src/escaped", b"x")],
    ];
    for members in hostile {
        let place = tempfile::tempdir().unwrap();
        let inner = place.path().join("inner");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("secret"), "s").unwrap();
        assert!(unpack(&inner, "/src", members).is_err(), "{members:?}");
        let names = |path: &Path| {
            let mut names: Vec<_> = fs::read_dir(path)
                .unwrap()
                .map(|e| e.unwrap().file_name())
                .collect();
            names.sort();
            names
        };
        assert_eq!(names(place.path()), ["inner"], "{members:?}");
        assert!(
            names(&inner)
                .iter()
                .all(|name| name == "secret" || name == "src")
        );
        assert_eq!(fs::metadata(inner.join("secret")).unwrap().nlink(), 1);
    }
}

#[test]
fn a_link_that_an_earlier_copy_left_is_not_followed() {
    let place = tempfile::tempdir().unwrap();
    let (outside, inner) = (place.path().join("outside"), place.path().join("inner"));
    fs::create_dir(&outside).unwrap();
    fs::create_dir(&inner).unwrap();
    unpack(
        &inner,
        "/src",
        &[(LINK, b"src", outside.as_os_str().as_bytes())],
    )
    .unwrap();
    let again = unpack(
        &inner,
        "/src",
        &[(DIR, b"src", b""), (FILE, b"src/x", b"x")],
    );
    assert!(matches!(again, Err(CopyError::ThroughLink(_))));
    // A file in the link's place replaces it.
    symlink(outside.join("y"), inner.join("f")).unwrap();
    unpack(&inner, "/f", &[(FILE, b"f", b"x")]).unwrap();
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn floods_and_claims_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let mut bytes = archive(&[(FILE, b"big", b"")]);
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..3].copy_from_slice(b"big");
    header.set_size(10 << 40);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_cksum();
    bytes[..512].copy_from_slice(header.as_bytes());
    let destination = Destination::look(place.path(), "/big").unwrap();
    let refused = extract(bytes.as_slice(), &destination);
    assert!(matches!(refused, Err(CopyError::TooLarge { .. })));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);

    let devices: Vec<Member<'_>> = vec![(EntryType::Char, b"src/null", b""); 3];
    let members = [&[(DIR, b"src".as_slice(), b"".as_slice())][..], &devices].concat();
    let done = unpack(place.path(), "/src", &members).unwrap();
    assert_eq!((done.entries, done.left_out.len()), (1, 3));
}

#[test]
fn a_stream_that_breaks_off_is_an_error() {
    let place = tempfile::tempdir().unwrap();
    let bytes = archive(&[(DIR, b"src", b""), (FILE, b"src/a", &[7; 5000])]);
    for length in [0, 100, 700, 2000] {
        let destination = Destination::look(place.path(), "/src").unwrap();
        let cut = extract(&bytes[..length], &destination);
        assert!(cut.is_err(), "{length}");
    }
}

proptest! {
    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
        let place = tempfile::tempdir().unwrap();
        let destination = Destination::look(place.path(), "/src").unwrap();
        let _ = extract(bytes.as_slice(), &destination);
    }
}
