//! Pure: which VMs exist, by name, id or prefix, and which slots they have.

use std::collections::BTreeMap;

use banger_api::name;

/// Why no VM was found, or made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// There is none.
    #[error("there is no VM {wanted:?}")]
    NotFound {
        /// What was asked for.
        wanted: String,
        /// Names that look like it.
        nearest: Vec<String>,
    },
    /// Several ids begin so.
    #[error("{prefix:?} fits several VMs: {}", .names.join(", "))]
    Ambiguous {
        /// What was asked for.
        prefix: String,
        /// The VMs' names.
        names: Vec<String>,
    },
    /// The name belongs to another.
    #[error("there is a VM {0:?} already")]
    NameTaken(String),
}

/// VMs by id, oldest first, with what is kept of each.
#[derive(Debug)]
pub struct Directory<T> {
    entries: BTreeMap<String, Entry<T>>,
    next_order: u64,
}

#[derive(Debug)]
struct Entry<T> {
    name: String,
    slot: u32,
    order: u64,
    value: T,
}

impl<T> Default for Directory<T> {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            next_order: 0,
        }
    }
}

impl<T> Directory<T> {
    /// Adds a VM.
    ///
    /// # Errors
    /// When its name is taken.
    pub fn insert(&mut self, id: &str, name: &str, slot: u32, value: T) -> Result<(), FindError> {
        self.check_name(name)?;
        let entry = Entry {
            name: name.to_owned(),
            slot,
            order: self.next_order,
            value,
        };
        self.next_order += 1;
        self.entries.insert(id.to_owned(), entry);
        Ok(())
    }

    /// Whether a name is free.
    ///
    /// # Errors
    /// When it is not.
    pub fn check_name(&self, name: &str) -> Result<(), FindError> {
        if self.entries.values().any(|entry| entry.name == name) {
            return Err(FindError::NameTaken(name.to_owned()));
        }
        Ok(())
    }

    /// Replaces what is kept of a VM.
    pub fn replace(&mut self, id: &str, value: T) {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.value = value;
        }
    }

    /// Forgets those of which that is not so.
    pub fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.entries.retain(|_, entry| keep(&entry.value));
    }

    /// Forgets a VM.
    pub fn remove(&mut self, id: &str) {
        self.entries.remove(id);
    }

    /// The lowest slot that no VM has.
    pub fn free_slot(&self) -> u32 {
        let mut taken: Vec<u32> = self.entries.values().map(|entry| entry.slot).collect();
        taken.sort_unstable();
        (0..)
            .zip(&taken)
            .find(|(free, taken)| free != *taken)
            .map_or(
                u32::try_from(taken.len()).unwrap_or(u32::MAX),
                |(free, _)| free,
            )
    }

    /// Finds one: a name first, then an id, then an unambiguous prefix of an id.
    ///
    /// # Errors
    /// When there is none, or several.
    pub fn find(&self, wanted: &str) -> Result<&T, FindError> {
        if let Some(entry) = self.entries.values().find(|entry| entry.name == wanted) {
            return Ok(&entry.value);
        }
        if let Some(entry) = self.entries.get(wanted) {
            return Ok(&entry.value);
        }
        let fits = |(id, _): &(&String, &Entry<T>)| !wanted.is_empty() && id.starts_with(wanted);
        let fitting: Vec<_> = self.entries.iter().filter(fits).collect();
        match fitting.as_slice() {
            [(_, entry)] => Ok(&entry.value),
            [] => {
                let names = self.entries.values().map(|entry| entry.name.as_str());
                let nearest = name::nearest(wanted, names)
                    .into_iter()
                    .map(str::to_owned)
                    .collect();
                Err(FindError::NotFound {
                    wanted: wanted.to_owned(),
                    nearest,
                })
            }
            several => Err(FindError::Ambiguous {
                prefix: wanted.to_owned(),
                names: several
                    .iter()
                    .map(|(_, entry)| entry.name.clone())
                    .collect(),
            }),
        }
    }

    /// All, the oldest first.
    pub fn values(&self) -> Vec<&T> {
        let mut entries: Vec<_> = self.entries.values().collect();
        entries.sort_by_key(|entry| entry.order);
        entries.into_iter().map(|entry| &entry.value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> Directory<u8> {
        let mut directory = Directory::default();
        directory.insert("aa11", "box", 0, 1).unwrap();
        directory.insert("aa22", "web", 1, 2).unwrap();
        directory.insert("cafe", "aa", 3, 3).unwrap();
        directory
    }

    #[test]
    fn names_come_before_ids_and_prefixes() {
        let directory = directory();
        assert_eq!(directory.find("box"), Ok(&1));
        assert_eq!(directory.find("aa22"), Ok(&2));
        assert_eq!(directory.find("ca"), Ok(&3));
        // A name, though it is a prefix of two ids as well.
        assert_eq!(directory.find("aa"), Ok(&3));
    }

    #[test]
    fn an_ambiguous_prefix_and_a_typo_are_explained() {
        let directory = directory();
        assert!(
            matches!(directory.find("a"), Err(FindError::Ambiguous { names, .. }) if names.len() == 2)
        );
        let missing = directory.find("boxx");
        assert!(matches!(missing, Err(FindError::NotFound { nearest, .. }) if nearest == ["box"]));
        assert!(matches!(
            directory.find(""),
            Err(FindError::NotFound { .. })
        ));
    }

    #[test]
    fn names_are_unique_and_slots_are_used_again() {
        let mut directory = directory();
        let taken = directory.insert("dddd", "web", 9, 4);
        assert_eq!(taken, Err(FindError::NameTaken("web".into())));
        assert_eq!(directory.free_slot(), 2);
        directory.retain(|value| *value != 1);
        assert_eq!(directory.free_slot(), 0);
        assert_eq!(directory.values(), [&2, &3]);
    }
}
