//! A change of what is on a shelf: recorded as one, then seen by all.

use banger_store::{Batch, RecordError};

use super::artifact::Artifact;

/// Records that are written and records that go, together or not at all.
#[derive(Debug)]
pub struct Change<R> {
    /// New ones, and new versions.
    pub put: Vec<R>,
    /// What is no more; its files go after its record.
    pub delete: Vec<R>,
}

impl<R> Default for Change<R> {
    fn default() -> Self {
        Self {
            put: Vec::new(),
            delete: Vec::new(),
        }
    }
}

impl<R> Change<R> {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.put.is_empty() && self.delete.is_empty()
    }
}

/// The change as the store takes it.
///
/// # Errors
/// When a record cannot be written.
pub fn batch<A: Artifact>(change: &Change<A::Record>) -> Result<Batch, RecordError> {
    let mut batch = Batch::new();
    for record in &change.delete {
        batch.delete::<A::Record>(A::id(record));
    }
    for record in &change.put {
        batch.put(A::id(record), record)?;
    }
    Ok(batch)
}
