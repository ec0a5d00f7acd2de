//! The database's share of the daemon's memory. Alone in its file: other tests would count.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test's way to fail

use banger_store::{Record, Store};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
struct Note(String);

impl Record for Note {
    const TREE: &'static str = "notes";
    const VERSION: u16 = 1;
}

/// `VmRSS` of proc_pid_status(5), in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kibibytes = line.split_whitespace().nth(1).unwrap();
    kibibytes.parse().unwrap()
}

#[test]
fn memory_stays_small() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let before = resident();
        let store = Store::open(dir.path()).unwrap();
        let opened = resident();
        for n in 0..2000u32 {
            let key = (n % 200).to_string();
            store.put(&key, &Note("x".repeat(1000))).await.unwrap();
        }
        let written = resident();
        println!("before {before} KiB, opened {opened} KiB, 2000 writes {written} KiB");
        assert!(opened - before < 6 * 1024, "{opened} - {before}");
        assert!(written - before < 12 * 1024, "{written} - {before}");
        store.close().await;
    });
}
