//! Maps in memory: for tests of what uses a store.

use crate::backend::{Backend, BackendError, Change, Source};
use crate::error::StoreError;
use std::collections::BTreeMap;

/// A database that ends with its process.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    trees: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
}

/// Where it would come from again: it never fails, and is nowhere else.
#[derive(Debug)]
pub(crate) struct Nowhere;

impl Source for Nowhere {
    type Database = Memory;

    fn has_room(&self) -> bool {
        false
    }

    fn set_aside(&mut self) {}

    fn give_up(&mut self) {}

    fn reopen(&mut self) -> Result<Memory, StoreError> {
        Err(StoreError::Closed)
    }
}

impl Backend for Memory {
    fn get(&mut self, tree: &str, key: &str) -> Result<Option<Vec<u8>>, BackendError> {
        Ok(self.trees.get(tree).and_then(|tree| tree.get(key)).cloned())
    }

    fn scan(&mut self, tree: &str) -> Result<Vec<(String, Vec<u8>)>, BackendError> {
        let records = self.trees.get(tree).into_iter().flatten();
        Ok(records.map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    fn trees(&mut self) -> Result<Vec<String>, BackendError> {
        let filled = self.trees.iter().filter(|(_, tree)| !tree.is_empty());
        Ok(filled.map(|(name, _)| name.clone()).collect())
    }

    fn apply(&mut self, changes: &[Change]) -> Result<Vec<bool>, BackendError> {
        let apply = |change: &Change| {
            let tree = self.trees.entry(change.tree.clone()).or_default();
            let before = match &change.value {
                Some(value) => tree.insert(change.key.clone(), value.clone()),
                None => tree.remove(&change.key),
            };
            before.is_some()
        };
        Ok(changes.iter().map(apply).collect())
    }

    fn sync(&mut self) -> Result<(), BackendError> {
        Ok(())
    }
}
