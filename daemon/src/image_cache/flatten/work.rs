//! Blocking work that is told of and can be cancelled.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use banger_api::{Problem, ProgressUnit};
use tokio::sync::watch;

use crate::{error, operation::Reporter};

/// Counts bytes, from any thread.
#[derive(Clone)]
pub struct Told {
    done: Arc<AtomicU64>,
    changed: watch::Sender<()>,
}

impl Told {
    /// Some bytes more.
    pub fn add(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
        self.changed.send_replace(());
    }
}

/// What the threads of one piece of work share. Dropped, it cancels them.
pub struct Work {
    total: u64,
    cancel: Arc<AtomicBool>,
    told: Told,
}

impl Drop for Work {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

impl Work {
    /// Work of so many bytes.
    pub fn new(total: u64) -> Self {
        let (changed, _) = watch::channel(());
        Self {
            total,
            cancel: Arc::default(),
            told: Told {
                done: Arc::default(),
                changed,
            },
        }
    }

    /// What a thread looks at now and then.
    pub fn cancel(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancel)
    }

    /// What a thread counts with.
    pub fn told(&self) -> Told {
        self.told.clone()
    }

    /// Counts from nothing.
    pub fn restart(&self) -> Told {
        self.told.done.store(0, Ordering::Relaxed);
        self.told()
    }

    /// Waits for a part of it, also when it was cancelled: its threads must have ended before
    /// what they write is removed.
    pub async fn run<T>(
        &self,
        reporter: &Reporter,
        part: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let mut part = std::pin::pin!(part);
        let mut seen = self.told.changed.subscribe();
        let cancelled = reporter.cancelled();
        let done = loop {
            tokio::select! {
                done = &mut part => break done,
                Ok(()) = seen.changed() => {
                    seen.mark_unchanged();
                    // A layer whose download began anew is read anew.
                    let done = self.told.done.load(Ordering::Relaxed).min(self.total);
                    reporter.progress(ProgressUnit::Bytes, done, Some(self.total));
                }
                () = cancelled.cancelled(), if !self.cancel.load(Ordering::Relaxed) => {
                    self.cancel.store(true, Ordering::Relaxed);
                }
            }
        };
        if self.cancel.load(Ordering::Relaxed) {
            return Err(error::cancelled());
        }
        done
    }
}
