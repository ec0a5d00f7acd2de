//! Waiting for something that is being made.

use std::sync::{Arc, Weak};

use banger_api::{ErrorCode, Operation, OperationState, Problem};
use tokio::sync::watch;
use tokio_util::sync::DropGuard;

use crate::{error, operation::Reporter};

/// Something that is being made, as the shelf remembers it: it does not itself keep the
/// work going.
#[derive(Debug)]
pub struct Making {
    /// The id of what is being made.
    pub id: String,
    watch: watch::Receiver<Operation>,
    interest: Weak<DropGuard>,
}

/// Something that is being made, as one who waits for it holds it. When the last of these is
/// dropped the work is cancelled.
#[derive(Clone, Debug)]
pub struct Work {
    id: String,
    watch: watch::Receiver<Operation>,
    interest: Arc<DropGuard>,
}

impl Making {
    /// Work that the reporter tells of, and the first one who waits for it.
    pub fn begin(id: &str, reporter: &Reporter) -> (Self, Work) {
        let interest = Arc::new(reporter.cancelled().clone().drop_guard());
        let watch = reporter.watch();
        let weak = Arc::downgrade(&interest);
        (
            Self {
                id: id.to_owned(),
                watch: watch.clone(),
                interest: weak,
            },
            Work {
                id: id.to_owned(),
                watch,
                interest,
            },
        )
    }

    /// One more who waits; nothing where the work was given up or is over.
    pub fn join(&self) -> Option<Work> {
        let running = matches!(self.watch.borrow().state, OperationState::Running);
        let interest = self.interest.upgrade().filter(|_| running)?;
        Some(Work {
            id: self.id.clone(),
            watch: self.watch.clone(),
            interest,
        })
    }
}

impl Work {
    /// The id that it gets.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Waits for the end, relaying stages and progress to the waiter's own operation. When
    /// that is cancelled the wait ends; when nobody else waits, only after the work has
    /// cleaned up behind itself.
    ///
    /// # Errors
    /// Why the thing was not made.
    pub async fn follow(mut self, reporter: &Reporter) -> Result<(), Problem> {
        loop {
            let seen = self.watch.borrow_and_update().clone();
            reporter.relay(&seen);
            match seen.state {
                OperationState::Succeeded => return Ok(()),
                OperationState::Failed | OperationState::Cancelled => {
                    return Err(seen.error.unwrap_or_else(error::cancelled));
                }
                OperationState::Running => {}
            }
            tokio::select! {
                changed = self.watch.changed() => if changed.is_err() {
                    return Err(Problem::new(ErrorCode::Internal, "the work was dropped"));
                },
                () = reporter.cancelled().cancelled() => {
                    let Self { mut watch, interest, .. } = self;
                    if Arc::into_inner(interest).map(drop).is_some() {
                        let ended = |operation: &Operation| operation.state != OperationState::Running;
                        let _ = watch.wait_for(ended).await;
                    }
                    return Err(error::cancelled());
                }
            }
        }
    }
}
