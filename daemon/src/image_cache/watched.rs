//! Blocking work that is told of in bytes, and can be cancelled.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use banger_api::{Problem, ProgressUnit};
use tokio::sync::watch;

use crate::{error, operation::Reporter};

/// Runs `work` on a thread of its own. It is given where to tell how many bytes are done,
/// and a flag that is set when the reporter was cancelled. Waits for it then too: its thread
/// must have ended before what it writes is removed.
///
/// # Errors
/// When it was cancelled or aborted.
pub async fn watched<T: Send + 'static>(
    reporter: &Reporter,
    work: impl FnOnce(&mut dyn FnMut(u64), &AtomicBool) -> T + Send + 'static,
) -> Result<T, Problem> {
    let cancel = Arc::new(AtomicBool::new(false));
    let (progress, mut seen) = watch::channel(0);
    let flag = Arc::clone(&cancel);
    let mut working = tokio::task::spawn_blocking(move || {
        let mut tell = |bytes| {
            progress.send_replace(bytes);
        };
        work(&mut tell, &flag)
    });
    let mut cancelled = reporter.cancelled().is_cancelled();
    cancel.store(cancelled, Ordering::Relaxed);
    let done = loop {
        tokio::select! {
            done = &mut working => break done.map_err(error::aborted)?,
            Ok(()) = seen.changed() => {
                let bytes = *seen.borrow_and_update();
                reporter.progress(ProgressUnit::Bytes, bytes, None);
            }
            () = reporter.cancelled().cancelled(), if !cancelled => {
                cancelled = true;
                cancel.store(true, Ordering::Relaxed);
            }
        }
    };
    if cancelled {
        return Err(error::cancelled());
    }
    Ok(done)
}
