//! How far a writer is, and readers that follow it while it writes.

use super::lock;
use crate::blobs::BlobError;
use crate::blobs::error::at;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use tokio::sync::watch;

/// How a writer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The blob is there.
    Done,
    /// It is not: somebody else may try.
    GaveUp,
}

/// How far a writer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Bytes in the file, those of earlier attempts included.
    pub written: u64,
    /// Bytes that the blob has.
    pub size: u64,
    /// Whether all of it is written, and is what its name says.
    pub verified: bool,
    /// How often the writer threw away what it had.
    pub restarts: u32,
    /// How it ended.
    pub end: Option<End>,
}

/// One writer's progress: awaited by tasks, waited for by threads.
#[derive(Debug)]
pub(super) struct Feed {
    state: watch::Sender<State>,
    mutex: Mutex<()>,
    changed: Condvar,
}

impl Feed {
    pub(super) fn new(size: u64) -> Self {
        Feed {
            state: watch::Sender::new(State {
                written: 0,
                size,
                verified: false,
                restarts: 0,
                end: None,
            }),
            mutex: Mutex::new(()),
            changed: Condvar::new(),
        }
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut State)) {
        let _guard = lock(&self.mutex);
        self.state.send_modify(change);
        self.changed.notify_all();
    }

    /// Waits on this thread until `ready`.
    fn wait(&self, ready: impl Fn(State) -> bool) -> State {
        let mut guard = lock(&self.mutex);
        loop {
            let state = *self.state.borrow();
            if ready(state) {
                return state;
            }
            guard = self
                .changed
                .wait(guard)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Follows a blob that somebody writes.
#[derive(Clone, Debug)]
pub struct Follower {
    feed: Arc<Feed>,
    partial: PathBuf,
}

impl Follower {
    pub(super) fn new(feed: Arc<Feed>, partial: PathBuf) -> Self {
        Follower { feed, partial }
    }

    /// How far the writer is now.
    pub fn state(&self) -> State {
        *self.feed.state.borrow()
    }

    /// Waits for the end; `watch` sees every step, or the last of several.
    pub async fn wait(&self, mut watch: impl FnMut(State)) -> End {
        let mut receiver = self.feed.state.subscribe();
        loop {
            let state = *receiver.borrow_and_update();
            watch(state);
            if let Some(end) = state.end {
                return end;
            }
            if receiver.changed().await.is_err() {
                return End::GaveUp;
            }
        }
    }

    /// A reader of the blob from its start, that waits where the writer has not come yet.
    /// What it gives out before its end is not verified yet; the last bytes and the end come
    /// only when the blob was, which may be before it has its name. It fails when the writer
    /// gives up, and when it begins anew.
    ///
    /// # Errors
    /// [`BlobError::Io`] when the writer ended meanwhile: reserve the blob again.
    pub fn reader(&self) -> Result<FollowReader, BlobError> {
        let state = self.state();
        let file = File::open(&self.partial).map_err(at(&self.partial))?;
        Ok(FollowReader {
            feed: self.feed.clone(),
            file,
            position: 0,
            restarts: state.restarts,
        })
    }
}

/// Reads a blob while it is written. Blocks; not for asynchronous tasks.
#[derive(Debug)]
pub struct FollowReader {
    feed: Arc<Feed>,
    /// Stays the same file when the blob gets its name.
    file: File,
    position: u64,
    restarts: u32,
}

impl Read for FollowReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (position, restarts) = (self.position, self.restarts);
        // The last bytes are given out only when the writer has verified all of them. A reader
        // need not wait for the disk.
        let state = self.feed.wait(|state| {
            state.end.is_some()
                || state.restarts != restarts
                || state.verified
                || (state.written > position && state.written < state.size)
        });
        if state.restarts != restarts {
            return Err(io::Error::other("the download began anew"));
        }
        if state.end == Some(End::GaveUp) {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the download was given up",
            ));
        }
        let there = state.written.saturating_sub(position);
        let length = usize::try_from(there)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let count = match buffer.get_mut(..length) {
            Some(part) if length > 0 => self.file.read_at(part, position)?,
            Some(_) | None => 0,
        };
        self.position += count as u64;
        Ok(count)
    }
}
