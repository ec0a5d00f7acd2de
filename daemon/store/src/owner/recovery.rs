//! What comes after a write that failed: nothing, or, where it was space that was missing, the
//! database as it is on disk, without what was said to have failed.

use super::{Owner, failed};
use crate::backend::{Backend, BackendError, Change, Source};
use crate::error::StoreError;

/// A write's failure. After a failed fsync the kernel may drop what it could not write and call
/// the next one a success, so none is just tried again.
pub(super) struct Failure {
    problem: String,
    /// Whether there was no space: then the database is opened anew when there is some.
    no_space: bool,
    /// How many of the undoings belong to writes before the failed one, where that is known:
    /// a sync may yet save them.
    pub(super) before: Option<usize>,
}

impl<S: Source> Owner<S> {
    /// Notes that a write failed; see [`Failure::before`].
    pub(super) fn fail(&mut self, error: &BackendError, before: Option<usize>) {
        tracing::error!(%error, "the database takes no more writes");
        self.failure = Some(Failure {
            problem: error.to_string(),
            no_space: error.is_no_space(),
            before,
        });
    }

    /// After a write for which there was no space, goes on when there is some: with what is on
    /// disk, from which all is taken away again whose writers were told that it failed. What is
    /// set aside is for changes that delete.
    pub(super) fn recover(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let Some(failure) = &self.failure else {
            return Ok(());
        };
        let problem = failure.problem.clone();
        if !failure.no_space {
            return Err(StoreError::ReadOnly { problem });
        }
        let deletes = changes.iter().any(|change| change.value.is_none());
        if deletes && !self.source.has_room() {
            self.source.give_up();
        }
        if !self.source.has_room() {
            return Err(StoreError::Full { problem });
        }
        self.database = None;
        let undo: Vec<Change> = self.undo.iter().rev().cloned().collect();
        let database = self.database()?;
        let undone = database.apply(&undo).and_then(|_| database.sync());
        if let Err(error) = undone {
            self.fail(&error, None);
            return Err(failed(error));
        }
        tracing::warn!("there is space again: the database takes writes");
        self.undo.clear();
        self.failure = None;
        Ok(())
    }
}

/// What puts everything back that changes are to change.
pub(super) fn undoings(
    database: &mut impl Backend,
    changes: &[Change],
) -> Result<Vec<Change>, BackendError> {
    let undoing = |change: &Change| {
        Ok(Change {
            value: database.get(&change.tree, &change.key)?,
            tree: change.tree.clone(),
            key: change.key.clone(),
        })
    };
    changes.iter().map(undoing).collect()
}
