//! What the one who does the work holds.

use banger_api::{
    ErrorCode, EventSubject, LayerProgress, Operation, OperationKind, OperationState, Problem,
    Progress, ProgressUnit,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{event::Events, id};

/// An operation that has just begun.
pub(super) fn begun(kind: OperationKind, target: &str, stage: &str) -> Operation {
    Operation {
        id: id::random(),
        kind,
        target: target.to_owned(),
        state: OperationState::Running,
        stage: stage.to_owned(),
        progress: None,
        layers: Vec::new(),
        notes: Vec::new(),
        error: None,
        started_at: jiff::Timestamp::now(),
        ended_at: None,
    }
}

/// Reports on one operation. When it is dropped without an end, the operation has failed:
/// whoever did the work is gone.
#[derive(Debug)]
pub struct Reporter {
    sender: watch::Sender<Operation>,
    cancel: CancellationToken,
    /// Where the end is announced; nowhere for work that several operations share.
    events: Option<Events>,
}

impl Reporter {
    pub(super) fn new(
        sender: watch::Sender<Operation>,
        cancel: CancellationToken,
        events: Option<Events>,
    ) -> Self {
        Self {
            sender,
            cancel,
            events,
        }
    }

    /// For work that several operations wait for: it is in no list, they relay it.
    pub fn shared(kind: OperationKind, target: &str, stage: &str) -> Self {
        let (sender, _) = watch::channel(begun(kind, target, stage));
        Self::new(sender, CancellationToken::new(), None)
    }

    /// The operation's id.
    pub fn id(&self) -> String {
        self.sender.borrow().id.clone()
    }

    /// The operation as it is now.
    pub fn operation(&self) -> Operation {
        self.sender.borrow().clone()
    }

    /// What it is done to.
    pub fn target_name(&self) -> String {
        self.sender.borrow().target.clone()
    }

    /// Follows it.
    pub fn watch(&self) -> watch::Receiver<Operation> {
        self.sender.subscribe()
    }

    /// Fires when somebody cancelled it.
    pub fn cancelled(&self) -> &CancellationToken {
        &self.cancel
    }

    /// A new stage begins.
    pub fn stage(&self, stage: &str) {
        self.sender.send_if_modified(|operation| {
            let changed = operation.stage != stage;
            if changed {
                stage.clone_into(&mut operation.stage);
                operation.progress = None;
                operation.layers.clear();
            }
            changed
        });
    }

    /// The stage is that far.
    pub fn progress(&self, unit: ProgressUnit, done: u64, total: Option<u64>) {
        let progress = Some(Progress { unit, done, total });
        self.sender.send_if_modified(|operation| {
            let changed = operation.progress != progress;
            operation.progress = progress;
            changed
        });
    }

    /// A layer is that far. Layers that it does not know yet are added.
    pub fn layer(&self, digest: &str, done: u64, total: u64) {
        self.sender.send_modify(|operation| {
            let known = operation
                .layers
                .iter_mut()
                .find(|layer| layer.digest == digest);
            match known {
                Some(layer) => (layer.done, layer.total) = (done, total),
                None => operation.layers.push(LayerProgress {
                    digest: digest.to_owned(),
                    done,
                    total,
                }),
            }
            let sum = |of: fn(&LayerProgress) -> u64| operation.layers.iter().map(of).sum();
            operation.progress = Some(Progress {
                unit: ProgressUnit::Bytes,
                done: sum(|layer| layer.done),
                total: Some(sum(|layer| layer.total)),
            });
        });
    }

    /// What it is done to turned out to be that.
    pub fn target(&self, target: &str) {
        self.sender.send_if_modified(|operation| {
            let changed = operation.target != target;
            target.clone_into(&mut operation.target);
            changed
        });
    }

    /// Takes over stage, progress and notes of another operation that this one waits for; and
    /// what it is done to, where both are of one kind.
    pub fn relay(&self, other: &Operation) {
        self.sender.send_modify(|operation| {
            if operation.kind == other.kind {
                operation.target.clone_from(&other.target);
            }
            operation.stage.clone_from(&other.stage);
            operation.progress = other.progress;
            operation.layers.clone_from(&other.layers);
            for note in &other.notes {
                if !operation.notes.contains(note) {
                    operation.notes.push(note.clone());
                }
            }
        });
    }

    /// Something worth knowing that is no failure.
    pub fn note(&self, note: impl Into<String>) {
        let note = note.into();
        self.sender.send_if_modified(|operation| {
            let new = !operation.notes.contains(&note);
            if new {
                operation.notes.push(note);
            }
            new
        });
    }

    /// It worked.
    pub fn succeed(&self) {
        self.end(OperationState::Succeeded, None);
    }

    /// It did not, or was cancelled.
    pub fn fail(&self, problem: Problem) {
        let state = if problem.code == ErrorCode::Cancelled {
            OperationState::Cancelled
        } else {
            OperationState::Failed
        };
        self.end(state, Some(problem));
    }

    /// Either of the two.
    pub fn finish(&self, outcome: Result<(), Problem>) {
        match outcome {
            Ok(()) => self.succeed(),
            Err(problem) => self.fail(problem),
        }
    }

    fn end(&self, state: OperationState, error: Option<Problem>) {
        let ended = self.sender.send_if_modified(|operation| {
            let running = matches!(operation.state, OperationState::Running);
            if running {
                operation.state = state;
                operation.error = error;
                operation.ended_at = Some(jiff::Timestamp::now());
            }
            running
        });
        if ended {
            let operation = self.operation();
            if let Some(events) = &self.events {
                let (id, error) = (&operation.id, &operation.error);
                tracing::info!(operation = id, ?state, ?error, "operation ends");
                events.publish(EventSubject::Operation {
                    operation: Box::new(operation),
                });
            }
        }
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        let problem = Problem::new(ErrorCode::Internal, "the work was dropped before its end")
            .with_hint("the daemon's log says more: `banger daemon status` names it");
        self.end(OperationState::Failed, Some(problem));
    }
}
