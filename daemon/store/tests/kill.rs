//! What was acknowledged survives a SIGKILL, and what was committed together is there
//! together.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test's way to fail

use banger_store::{Batch, Record, Store};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

/// Set for the child: where its database is.
const DIR: &str = "BANGER_TEST_STORE_DIR";

/// How often the child is killed.
const ROUNDS: u32 = 20;

/// Writers in the child, so that writes wait together.
const WRITERS: usize = 4;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Left(String);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Right(String);

impl Record for Left {
    const TREE: &'static str = "left";
    const VERSION: u16 = 1;
}

impl Record for Right {
    const TREE: &'static str = "right";
    const VERSION: u16 = 1;
}

/// Writes pairs until it is killed, and notes each acknowledged one in `acknowledged`. A line
/// that was written survives a kill of its writer: it is the kernel's.
async fn write_pairs(store: Store, round: String, writer: usize, mut acknowledged: File) {
    for n in 0u32.. {
        let key = format!("{round}-{writer}-{n}");
        let mut batch = Batch::new();
        batch.put(&key, &Left(key.clone())).unwrap();
        batch
            .put(&key, &Right("x".repeat(n as usize % 2000)))
            .unwrap();
        if n >= 10 {
            // Deletes too, so that segments are reused.
            let old = format!("{round}-{writer}-{}", n - 10);
            batch.delete::<Left>(&old);
            batch.delete::<Right>(&old);
        }
        store.commit(batch).await.unwrap();
        acknowledged
            .write_all(format!("{key}\n").as_bytes())
            .unwrap();
    }
}

#[test]
#[ignore = "the child process of the test below"]
fn child() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let dir = Path::new(&dir);
    let acknowledged = OpenOptions::new()
        .append(true)
        .create(true)
        .open(dir.join("acknowledged"))
        .unwrap();
    let store = Store::open(&dir.join("db")).unwrap();
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(async {
            let round = std::process::id().to_string();
            let mut writers = tokio::task::JoinSet::new();
            for writer in 0..WRITERS {
                let file = acknowledged.try_clone().unwrap();
                writers.spawn(write_pairs(store.clone(), round.clone(), writer, file));
            }
            writers.join_all().await;
        });
}

#[test]
fn acknowledged_writes_survive_kills() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged_before = 0;
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "child"])
            .env(DIR, dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // From "while it opens" to "after many writes".
        std::thread::sleep(Duration::from_millis(random_below(250)));
        let ended_by_itself = child.try_wait().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(ended_by_itself, None, "the child failed in round {round}");
        acknowledged_before = check(dir.path(), round).max(acknowledged_before);
    }
    assert!(
        acknowledged_before > 100,
        "only {acknowledged_before} writes were tried"
    );
}

/// Compares the database with the acknowledged lines; says how many these are.
fn check(dir: &Path, round: u32) -> usize {
    let text = std::fs::read_to_string(dir.join("acknowledged")).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(async {
            let store = Store::open(&dir.join("db")).unwrap();
            let left: Vec<(String, Left)> = store.list().await.unwrap();
            let right: Vec<(String, Right)> = store.list().await.unwrap();
            let keys = |index: usize| left.get(index).map(|(key, _)| key);
            assert_eq!(left.len(), right.len(), "round {round}: pairs were torn");
            for (index, (key, _)) in right.iter().enumerate() {
                assert_eq!(keys(index), Some(key), "round {round}: pairs were torn");
            }
            let mut last = std::collections::BTreeMap::new();
            for line in &lines {
                let (writer, n) = line.rsplit_once('-').unwrap();
                last.insert(writer, n.parse::<u32>().unwrap());
            }
            for (writer, last) in last {
                // At most one write more than was acknowledged, which deletes one.
                for n in last.saturating_sub(8)..=last {
                    let key = format!("{writer}-{n}");
                    let found = left.iter().any(|(k, v)| *k == key && v.0 == key);
                    assert!(found, "round {round}: {key} was acknowledged and is lost");
                }
                for n in 0..last.saturating_sub(9) {
                    let key = format!("{writer}-{n}");
                    let found = left.iter().any(|(k, _)| *k == key);
                    assert!(!found, "round {round}: {key} was deleted and is back");
                }
            }
            store.close().await;
        });
    lines.len()
}

/// A number below `limit`; the clock is random enough for a time to wait.
fn random_below(limit: u64) -> u64 {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    u64::from(now.subsec_micros()) % limit
}
