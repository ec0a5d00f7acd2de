//! Log files that grow: their last lines, and what is appended to them.
//!
//! | file | role |
//! |---|---|
//! | `mod.rs` | reading: the last lines, and following |
//! | `bound.rs` | VMs' logs are cut at their beginning |
//! | `rotating.rs` | the daemon's own log: two files at most |

mod bound;
mod rotating;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use banger_api::VmState;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use inotify::{EventStream, Inotify, WatchMask};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

use crate::vm::VmSnapshot;

pub use bound::keep_bounded;
pub use rotating::RotatingFile;

/// How much is read at once, in bytes.
const BLOCK: usize = 64 * 1024;

/// How often is looked whether a log that is to come is there.
const LOOK: Duration = Duration::from_millis(100);

/// The buffer for what the kernel tells of changes, in bytes: some dozens.
const EVENTS: usize = 1024;

/// Opens a log at its last lines, or at its beginning; nothing where there is no log yet.
pub async fn open(path: &Path, tail: Option<u32>) -> io::Result<Option<File>> {
    let mut file = match File::open(path).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut start = beginning(&mut file).await?;
    if let Some(lines) = tail {
        start = start_of_last(&mut file, start, lines).await?;
    }
    file.seek(io::SeekFrom::Start(start)).await?;
    Ok(Some(file))
}

/// Where the first whole line begins that was not cut away.
async fn beginning(file: &mut File) -> io::Result<u64> {
    let start = bound::after_hole(file, 0)?;
    if start == 0 {
        return Ok(0);
    }
    let mut piece = vec![0; BLOCK];
    let read = file.read(&mut piece).await?;
    let line = piece.iter().take(read).position(|byte| *byte == b'\n');
    Ok(line.map_or(start, |end| start + end as u64 + 1))
}

/// Where the last lines begin, in what begins at `begin`.
async fn start_of_last(file: &mut File, begin: u64, lines: u32) -> io::Result<u64> {
    let end = file.seek(io::SeekFrom::End(0)).await?;
    let mut wanted = u64::from(lines);
    let mut position = end;
    let mut block = vec![0; BLOCK];
    if wanted == 0 {
        return Ok(end);
    }
    while position > begin {
        let size = (position - begin).min(BLOCK as u64);
        position -= size;
        file.seek(io::SeekFrom::Start(position)).await?;
        // At most BLOCK, which fits.
        let piece = &mut block[..size as usize];
        file.read_exact(piece).await?;
        for (index, _) in piece
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, byte)| **byte == b'\n')
        {
            let after = position + index as u64 + 1;
            // The end of the last line is no line of its own.
            if after == end {
                continue;
            }
            wanted -= 1;
            if wanted == 0 {
                return Ok(after);
            }
        }
    }
    Ok(begin)
}

/// A log from its last lines, or its beginning, and on as it grows, until the VM stops or
/// the daemon does.
pub fn follow(
    path: PathBuf,
    tail: Option<u32>,
    vm: watch::Receiver<Arc<VmSnapshot>>,
    closing: CancellationToken,
) -> impl Stream<Item = io::Result<Bytes>> {
    let begin = async move { Follower::begin(path, tail, vm, closing).await };
    stream::unfold(State::Begin(Box::pin(begin)), |state| async {
        let mut follower = match state {
            State::Begin(begin) => match begin.await {
                Ok(Some(follower)) => Box::new(follower),
                Ok(None) => return None,
                Err(error) => return Some((Err(error), State::End)),
            },
            State::Follow(follower) => follower,
            State::End => return None,
        };
        match follower.next().await {
            Ok(Some(bytes)) => Some((Ok(bytes), State::Follow(follower))),
            Ok(None) => None,
            Err(error) => Some((Err(error), State::End)),
        }
    })
}

enum State<B> {
    Begin(std::pin::Pin<Box<B>>),
    Follow(Box<Follower>),
    End,
}

struct Follower {
    file: File,
    /// What was read so far, or skipped.
    position: u64,
    changes: EventStream<[u8; EVENTS]>,
    vm: watch::Receiver<Arc<VmSnapshot>>,
    closing: CancellationToken,
}

impl Follower {
    async fn begin(
        path: PathBuf,
        tail: Option<u32>,
        vm: watch::Receiver<Arc<VmSnapshot>>,
        closing: CancellationToken,
    ) -> io::Result<Option<Self>> {
        // The log of a VM that is being made begins with its first boot.
        let mut file = loop {
            let ended = !lives(&vm) || vm.has_changed().is_err() || closing.is_cancelled();
            match open(&path, tail).await? {
                Some(file) => break file,
                None if ended => return Ok(None),
                None => tokio::time::sleep(LOOK).await,
            }
        };
        let position = file.stream_position().await?;
        let inotify = Inotify::init()?;
        inotify.watches().add(&path, WatchMask::MODIFY)?;
        let changes = inotify.into_event_stream([0; EVENTS])?;
        Ok(Some(Self {
            file,
            position,
            changes,
            vm,
            closing,
        }))
    }

    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        let mut block = vec![0; BLOCK];
        loop {
            // Looked at before reading, so that nothing written before the end is missed.
            let ended = !lives(&self.vm) || self.closing.is_cancelled();
            // A slow reader may have been overtaken by a cut.
            self.position = bound::after_hole(&self.file, self.position)?;
            let read = self.file.read(&mut block).await?;
            if read > 0 {
                self.position += read as u64;
                block.truncate(read);
                return Ok(Some(block.into()));
            }
            if ended {
                return Ok(None);
            }
            tokio::select! {
                // Only that something came matters.
                _ = self.changes.next() => {}
                changed = self.vm.changed() => if changed.is_err() {
                    self.closing = cancelled();
                },
                () = self.closing.cancelled() => {}
            }
        }
    }
}

fn cancelled() -> CancellationToken {
    let token = CancellationToken::new();
    token.cancel();
    token
}

fn lives(vm: &watch::Receiver<Arc<VmSnapshot>>) -> bool {
    match vm.borrow().vm.state {
        VmState::Creating | VmState::Starting | VmState::Running | VmState::Stopping => true,
        VmState::Stopped | VmState::Deleting => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn last(content: &str, lines: u32) -> String {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        std::fs::write(&path, content).unwrap();
        let mut text = String::new();
        let mut file = open(&path, Some(lines)).await.unwrap().unwrap();
        file.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn a_log_that_was_cut_begins_with_a_whole_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let file = std::fs::File::create(&path).unwrap();
        file.set_len(1 << 30).unwrap();
        std::os::unix::fs::FileExt::write_at(&file, b"cut\na\nb\n", 1 << 20).unwrap();
        file.set_len((1 << 20) + 8).unwrap();
        for (tail, expected) in [(None, "a\nb\n"), (Some(9), "a\nb\n"), (Some(1), "b\n")] {
            let mut text = String::new();
            let mut file = open(&path, tail).await.unwrap().unwrap();
            file.read_to_string(&mut text).await.unwrap();
            assert_eq!(text, expected);
        }
    }

    #[tokio::test]
    async fn the_last_lines_are_found() {
        assert_eq!(last("a\nb\nc\n", 2).await, "b\nc\n");
        assert_eq!(last("a\nb\nc", 1).await, "c");
        assert_eq!(last("a\nb\n", 9).await, "a\nb\n");
        assert_eq!(last("a\nb\n", 0).await, "");
        assert_eq!(last("", 3).await, "");
        let long = format!("{}\nend\n", "x".repeat(3 * BLOCK));
        assert_eq!(last(&long, 1).await, "end\n");
        assert_eq!(last(&long, 2).await, long);
    }
}
