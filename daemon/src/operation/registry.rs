//! Finds operations, cancels them, forgets old ones.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use banger_api::{EventSubject, Operation, OperationKind, OperationState};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    output::{Output, OutputReader},
    reporter::{Reporter, begun},
};
use crate::event::Events;

/// How many operations that ended are remembered.
const REMEMBERED: usize = 100;

/// Why no operation was found.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// None has that id.
    #[error("there is no operation {0:?}; ended ones are remembered for a while only")]
    NotFound(String),
    /// The prefix fits several.
    #[error("{0:?} fits several operations")]
    Ambiguous(String),
}

/// All operations. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Operations {
    entries: Arc<Mutex<BTreeMap<u64, Entry>>>,
    events: Events,
}

#[derive(Debug)]
struct Entry {
    id: String,
    watch: watch::Receiver<Operation>,
    cancel: CancellationToken,
    /// What its programs write, where it has any.
    output: Option<OutputReader>,
}

impl Operations {
    /// None yet.
    pub fn new(events: Events) -> Self {
        Self {
            entries: Arc::default(),
            events,
        }
    }

    /// Begins one; whoever does the work reports by what this returns.
    pub fn begin(&self, kind: OperationKind, target: &str, stage: &str) -> Reporter {
        self.begin_with(kind, target, stage, None)
    }

    /// The same for work whose programs write something.
    pub fn begin_with(
        &self,
        kind: OperationKind,
        target: &str,
        stage: &str,
        output: Option<&Output>,
    ) -> Reporter {
        let operation = begun(kind, target, stage);
        tracing::info!(
            operation = operation.id,
            ?kind,
            of = target,
            "operation begins"
        );
        self.events.publish(EventSubject::Operation {
            operation: Box::new(operation.clone()),
        });
        let cancel = CancellationToken::new();
        let id = operation.id.clone();
        let (sender, watch) = watch::channel(operation);
        let mut entries = self.lock();
        let sequence = entries.last_key_value().map_or(0, |(last, _)| last + 1);
        entries.insert(
            sequence,
            Entry {
                id,
                watch,
                cancel: cancel.clone(),
                output: output.map(Output::reader),
            },
        );
        forget_old(&mut entries);
        Reporter::new(sender, cancel, Some(self.events.clone()))
    }

    /// All that are remembered, the newest first.
    pub fn list(&self) -> Vec<Operation> {
        self.lock()
            .values()
            .rev()
            .map(|entry| entry.watch.borrow().clone())
            .collect()
    }

    /// Follows one, by its id or an unambiguous prefix.
    ///
    /// # Errors
    /// When there is none, or several.
    pub fn watch(&self, id: &str) -> Result<watch::Receiver<Operation>, OperationError> {
        self.find(id, |entry| entry.watch.clone())
    }

    /// What asks one to end early; without effect on one that has ended.
    ///
    /// # Errors
    /// When there is none, or several.
    pub fn cancellation(&self, id: &str) -> Result<CancellationToken, OperationError> {
        self.find(id, |entry| entry.cancel.clone())
    }

    /// What one's programs write; nothing where it has none.
    ///
    /// # Errors
    /// When there is none, or several.
    pub fn output(&self, id: &str) -> Result<Option<OutputReader>, OperationError> {
        self.find(id, |entry| entry.output.clone())
    }

    /// Asks all to end early.
    pub fn cancel_all(&self) {
        for entry in self.lock().values() {
            entry.cancel.cancel();
        }
    }

    /// Whether any is under way.
    pub fn any_running(&self) -> bool {
        self.lock().values().any(Entry::running)
    }

    fn find<T>(&self, id: &str, read: impl Fn(&Entry) -> T) -> Result<T, OperationError> {
        let entries = self.lock();
        let mut fitting = entries
            .values()
            .filter(|entry| !id.is_empty() && entry.id.starts_with(id));
        match (fitting.next(), fitting.next()) {
            (Some(entry), None) => Ok(read(entry)),
            (Some(_), Some(_)) => Err(OperationError::Ambiguous(id.to_owned())),
            (None, _) => Err(OperationError::NotFound(id.to_owned())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn running(&self) -> bool {
        matches!(self.watch.borrow().state, OperationState::Running)
    }
}

fn forget_old(entries: &mut BTreeMap<u64, Entry>) {
    let ended: Vec<u64> = entries
        .iter()
        .filter(|(_, entry)| !entry.running())
        .map(|(key, _)| *key)
        .collect();
    for key in ended.iter().take(ended.len().saturating_sub(REMEMBERED)) {
        entries.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations() -> Operations {
        Operations::new(Events::default())
    }

    #[test]
    fn an_operation_is_found_by_a_prefix_until_it_is_ambiguous() {
        let operations = operations();
        let reporter = operations.begin(OperationKind::StopVm, "x", "stopping");
        let id = reporter.id();
        assert_eq!(operations.watch(&id[..6]).unwrap().borrow().id, id);
        assert!(matches!(
            operations.watch("zz"),
            Err(OperationError::NotFound(_))
        ));
        assert!(matches!(
            operations.watch(""),
            Err(OperationError::NotFound(_))
        ));
    }

    #[test]
    fn only_ended_operations_are_forgotten() {
        let operations = operations();
        let first = operations.begin(OperationKind::StopVm, "kept", "stopping");
        for _ in 0..2 * REMEMBERED {
            operations
                .begin(OperationKind::StopVm, "x", "stopping")
                .succeed();
        }
        assert!(operations.list().len() <= REMEMBERED + 2);
        assert!(operations.watch(&first.id()).is_ok());
    }

    #[test]
    fn work_that_was_dropped_is_a_failure() {
        let operations = operations();
        let reporter = operations.begin(OperationKind::StopVm, "x", "stopping");
        let watch = operations.watch(&reporter.id()).unwrap();
        drop(reporter);
        assert_eq!(watch.borrow().state, OperationState::Failed);
    }

    #[test]
    fn the_newest_comes_first() {
        let operations = operations();
        let _a = operations.begin(OperationKind::StopVm, "a", "");
        let _b = operations.begin(OperationKind::StopVm, "b", "");
        let targets: Vec<_> = operations.list().into_iter().map(|o| o.target).collect();
        assert_eq!(targets, ["b", "a"]);
    }
}
