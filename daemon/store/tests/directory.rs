//! The database's directory: modes, the lock, lost and left-over files.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test's way to fail

use banger_store::{Record, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Note(String);

impl Record for Note {
    const TREE: &'static str = "notes";
    const VERSION: u16 = 1;
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

fn write_one(dir: &Path) {
    block_on(async {
        let store = Store::open(dir).unwrap();
        store.put("a", &Note("kept".into())).await.unwrap();
        store.close().await;
    });
}

fn read_one(dir: &Path) -> Option<Note> {
    block_on(async {
        let store = Store::open(dir).unwrap();
        let found = store.get("a").await.unwrap();
        store.close().await;
        found
    })
}

#[test]
fn only_the_owner_may_enter() {
    let dir = tempfile::tempdir().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let made = dir.path().join("state/db");
    write_one(&made);
    assert_eq!(mode(&made), 0o700);
    fs::set_permissions(&made, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(read_one(&made), Some(Note("kept".into())));
    assert_eq!(mode(&made), 0o700);
}

#[test]
fn one_process_has_it_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    match Store::open(dir.path()).unwrap_err() {
        StoreError::AlreadyOpen { pid, .. } => assert_eq!(pid, Some(std::process::id())),
        other => panic!("{other}"),
    }
    block_on(store.close());
    block_on(Store::open(dir.path()).unwrap().close());
}

#[test]
fn lost_files_are_noticed() {
    for lost in [&["db", "conf"][..], &["db"]] {
        let dir = tempfile::tempdir().unwrap();
        write_one(dir.path());
        for name in lost {
            fs::remove_file(dir.path().join(name)).unwrap();
        }
        for entry in fs::read_dir(dir.path()).unwrap() {
            let path = entry.unwrap().path();
            if path
                .file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("snap.")
            {
                fs::remove_file(path).unwrap();
            }
        }
        let error = Store::open(dir.path()).unwrap_err();
        assert!(matches!(error, StoreError::Emptied { .. }), "{error}");
        // And still at the next start.
        let error = Store::open(dir.path()).unwrap_err();
        assert!(matches!(error, StoreError::Emptied { .. }), "{error}");
    }
}

#[test]
fn an_emptied_log_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    write_one(dir.path());
    fs::write(dir.path().join("db"), "").unwrap();
    let error = Store::open(dir.path()).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Emptied { .. } | StoreError::Database { .. }
        ),
        "{error}"
    );
}

#[test]
fn a_snapshot_that_was_not_finished_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    write_one(dir.path());
    let left_over = dir.path().join("snap.00000000000003C4.generating");
    fs::write(&left_over, "cut short").unwrap();
    assert_eq!(read_one(dir.path()), Some(Note("kept".into())));
    assert!(!left_over.exists());
}

#[test]
fn a_database_of_another_format_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    write_one(dir.path());
    fs::write(dir.path().join("made"), "banger-store 2").unwrap();
    let error = Store::open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::Format { .. }), "{error}");
}

#[test]
fn a_marker_that_was_not_written_is_made_good() {
    let dir = tempfile::tempdir().unwrap();
    write_one(dir.path());
    fs::remove_file(dir.path().join("made")).unwrap();
    assert_eq!(read_one(dir.path()), Some(Note("kept".into())));
    assert!(dir.path().join("made").exists());
}

#[test]
fn a_path_that_cannot_be_is_told() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = Store::open(&file.path().join("db")).unwrap_err();
    assert!(matches!(error, StoreError::Directory { .. }), "{error}");
}

/// Records so large that sled puts them into files of their own.
#[test]
fn large_records_survive() {
    let dir = tempfile::tempdir().unwrap();
    let text = |n: u8| char::from(b'a' + n).to_string().repeat(700_000);
    block_on(async {
        let store = Store::open(dir.path()).unwrap();
        for n in 0..6 {
            store.put(&n.to_string(), &Note(text(n))).await.unwrap();
        }
        store.close().await;
        let store = Store::open(dir.path()).unwrap();
        for n in 0..6 {
            let found = store.get(&n.to_string()).await.unwrap();
            assert_eq!(found, Some(Note(text(n))));
        }
        store.close().await;
    });
}
