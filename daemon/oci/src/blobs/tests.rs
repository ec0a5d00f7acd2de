//! Tests of the blob store as a whole.

use super::*;
use std::collections::HashSet;
use std::time::Duration;

fn store() -> (tempfile::TempDir, BlobStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = BlobStore::open(directory.path()).unwrap();
    (directory, store)
}

fn writer(store: &BlobStore, bytes: &[u8]) -> BlobWriter {
    match store
        .reserve(&Digest::of(bytes), bytes.len() as u64)
        .unwrap()
    {
        Reserved::Write(writer) => *writer,
        other => panic!("{other:?}"),
    }
}

fn files(store: &BlobStore) -> Vec<String> {
    let mut names: Vec<String> = ["sha256", "incoming"]
        .iter()
        .flat_map(|folder| fs::read_dir(store.shared.directory.join(folder)).unwrap())
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_blob_gets_its_name_when_it_is_whole() {
    let (_directory, store) = store();
    let digest = Digest::of(b"hello");
    let mut writer = writer(&store, b"hello");
    writer.write(b"hel").unwrap();
    assert_eq!(store.size(&digest), None);
    writer.write(b"lo").unwrap();
    writer.finish().unwrap();
    assert_eq!(store.read(&digest, 10).unwrap(), "hello");
    assert!(matches!(
        store.reserve(&digest, 5).unwrap(),
        Reserved::Present
    ));
    assert_eq!(files(&store), [digest.hex()]);
}

#[test]
fn a_part_is_resumed() {
    let (directory, store) = store();
    let mut first = writer(&store, b"hello");
    first.write(b"hel").unwrap();
    drop(first);
    // As after a kill: another process opens the directory.
    let store = BlobStore::open(directory.path()).unwrap();
    let mut second = writer(&store, b"hello");
    assert_eq!(second.written(), 3);
    second.write(b"lo").unwrap();
    second.finish().unwrap();
    assert_eq!(store.read(&Digest::of(b"hello"), 10).unwrap(), "hello");
}

#[test]
fn a_part_that_is_too_long_is_thrown_away() {
    let (_directory, store) = store();
    fs::write(store.shared.partial(&Digest::of(b"hello")), "helloworld").unwrap();
    assert_eq!(writer(&store, b"hello").written(), 0);
}

#[test]
fn wrong_bytes_never_get_the_name() {
    let (_directory, store) = store();
    let mut one = writer(&store, b"hello");
    one.write(b"hullo").unwrap();
    assert!(matches!(
        one.verify(),
        Err(BlobError::DigestMismatch { .. })
    ));
    assert_eq!(one.written(), 0);
    one.write(b"hullo").unwrap();
    assert!(matches!(
        one.finish(),
        Err(BlobError::DigestMismatch { .. })
    ));
    assert!(files(&store).is_empty());

    let mut short = writer(&store, b"hello");
    short.write(b"hel").unwrap();
    assert!(matches!(
        short.write(b"lo!"),
        Err(BlobError::TooLong { .. })
    ));
    assert!(matches!(
        short.finish(),
        Err(BlobError::Truncated { have: 3, .. })
    ));
    assert_eq!(writer(&store, b"hello").written(), 3);
}

#[test]
fn two_writers_exclude_one_another() {
    let (_directory, store) = store();
    let digest = Digest::of(b"hello");
    let first = writer(&store, b"hello");
    let Reserved::Follow(follower) = store.reserve(&digest, 5).unwrap() else {
        panic!("a second writer");
    };
    drop(first);
    assert_eq!(follower.state().end, Some(End::GaveUp));
    writer(&store, b"hello");
}

#[test]
fn a_reader_follows_the_writer() {
    let (_directory, store) = store();
    let bytes: Vec<u8> = (0..100_000u32).flat_map(u32::to_le_bytes).collect();
    let mut one = writer(&store, &bytes);
    let mut reader = one.follower().reader().unwrap();
    let thread = std::thread::spawn(move || {
        let mut read = Vec::new();
        reader.read_to_end(&mut read).map(|_| read)
    });
    for part in bytes.chunks(777) {
        one.write(part).unwrap();
    }
    one.finish().unwrap();
    assert!(thread.join().unwrap().unwrap() == bytes);
}

#[test]
fn a_reader_fails_with_its_writer() {
    let (_directory, store) = store();
    let mut one = writer(&store, b"hello");
    one.write(b"hello").unwrap();
    // All bytes are there and not verified: the reader waits, then hears of the end.
    let mut reader = one.follower().reader().unwrap();
    let thread = std::thread::spawn(move || reader.read_to_end(&mut Vec::new()));
    drop(one);
    assert!(thread.join().unwrap().is_err());

    let mut one = writer(&store, b"hello");
    let mut reader = one.follower().reader().unwrap();
    one.restart().unwrap();
    assert!(reader.read(&mut [0; 9]).is_err());
}

#[test]
fn incoming_blobs_are_filed_by_what_they_are() {
    let (_directory, store) = store();
    let mut incoming = store.incoming(5).unwrap();
    incoming.write(b"hello").unwrap();
    assert!(matches!(
        incoming.write(b"!"),
        Err(BlobError::OverLimit { limit: 5 })
    ));
    assert_eq!(incoming.finish().unwrap(), (Digest::of(b"hello"), 5));
    drop(store.incoming(5).unwrap());
    store.put(&Digest::of(b"hello"), b"hello").unwrap();
    assert_eq!(files(&store), [Digest::of(b"hello").hex()]);
    assert!(store.put(&Digest::of(b"hello"), b"hullo").is_err());
}

#[test]
fn a_damaged_blob_is_noticed() {
    let (_directory, store) = store();
    let digest = Digest::of(b"hello");
    fs::write(store.path(&digest), "hullo").unwrap();
    assert!(matches!(
        store.read(&digest, 9),
        Err(BlobError::DigestMismatch { .. })
    ));
    assert!(matches!(
        store.read(&digest, 4),
        Err(BlobError::TooLong { .. })
    ));
    assert!(matches!(
        store.read(&Digest::of(b""), 4),
        Err(BlobError::Missing(_))
    ));
}

#[test]
fn a_sweep_keeps_what_is_used() {
    let (_directory, store) = store();
    let put = |bytes: &[u8]| {
        let digest = Digest::of(bytes);
        store.put(&digest, bytes).unwrap();
        digest
    };
    let (kept, held, unused) = (put(b"kept"), put(b"held"), put(b"unused"));
    let mut under_way = writer(&store, b"under way");
    under_way.write(b"under").unwrap();
    let mut left = writer(&store, b"left");
    left.write(b"le").unwrap();
    drop(left);
    let hold = store.hold([&held]);
    let keep = HashSet::from([kept.clone()]);

    let swept = store.sweep(&keep, Duration::from_secs(3600)).unwrap();
    assert_eq!(swept, Swept { files: 1, bytes: 6 });
    assert_eq!(store.size(&unused), None);

    let swept = store.sweep(&keep, Duration::ZERO).unwrap();
    assert_eq!(swept, Swept { files: 1, bytes: 2 });

    drop((hold, under_way));
    store.sweep(&keep, Duration::ZERO).unwrap();
    assert_eq!(files(&store), [kept.hex()]);
}

#[test]
fn a_blob_on_its_way_is_read_to_its_end() {
    let (_directory, store) = store();
    let digest = Digest::of(b"hello");
    assert!(matches!(
        store.arriving(&digest),
        Err(BlobError::Missing(_))
    ));
    let mut writer = writer(&store, b"hello");
    let mut early = store.arriving(&digest).unwrap();
    let thread = std::thread::spawn(move || io::read_to_string(&mut early));
    writer.write(b"hel").unwrap();
    writer.write(b"lo").unwrap();
    writer.finish().unwrap();
    assert_eq!(thread.join().unwrap().unwrap(), "hello");
    let late = store.arriving(&digest).unwrap();
    assert_eq!(io::read_to_string(late).unwrap(), "hello");
}
