//! Changes of records of any kinds that happen together or not at all.

use crate::backend::Change;
use crate::error::RecordError;
use crate::record::{Record, encode};

/// Changes for [`crate::Store::commit`]. Later ones of the same key win.
#[derive(Clone, Debug, Default)]
#[must_use = "a batch does nothing until it is committed"]
pub struct Batch {
    pub(crate) changes: Vec<Change>,
}

impl Batch {
    /// One without changes.
    pub fn new() -> Self {
        Batch::default()
    }

    /// Writes a record, in place of what is there.
    ///
    /// # Errors
    /// When the record cannot be written as JSON, or is larger than [`crate::MAX_RECORD`].
    pub fn put<R: Record>(&mut self, key: &str, record: &R) -> Result<(), RecordError> {
        let value = encode(key, record)?;
        self.changes.push(Change {
            tree: R::TREE.to_owned(),
            key: key.to_owned(),
            value: Some(value),
        });
        Ok(())
    }

    /// Deletes a record, if it is there.
    pub fn delete<R: Record>(&mut self, key: &str) {
        self.changes.push(Change {
            tree: R::TREE.to_owned(),
            key: key.to_owned(),
            value: None,
        });
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}
