//! Pure: what is there, who uses it, what is being made.

use std::collections::BTreeMap;

use banger_api::name;

use super::{
    artifact::{Artifact, Item},
    work::{Making, Work},
};

/// Why a request to a shelf is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShelfError {
    /// There is none of that name, and none can be fetched.
    #[error("there is no {noun} {name:?}")]
    NotFound {
        /// What it would be.
        noun: &'static str,
        /// What was asked for.
        name: String,
        /// Names that look like it.
        nearest: Vec<String>,
        /// Whether the catalog has it, so that it could be fetched.
        in_catalog: bool,
    },
    /// The name belongs to another, or to one that is being made.
    #[error("there is a {noun} {name:?} already")]
    NameTaken {
        /// What it is.
        noun: &'static str,
        /// Its name.
        name: String,
    },
    /// VMs use it.
    #[error("the {noun} {name:?} is used by {}", .by.join(", "))]
    InUse {
        /// What it is.
        noun: &'static str,
        /// Its name.
        name: String,
        /// The VMs.
        by: Vec<String>,
    },
    /// The name is none.
    #[error("{name:?} cannot be the name of {noun}: {source}")]
    BadName {
        /// What it would be.
        noun: &'static str,
        /// What was asked for.
        name: String,
        /// Which rule it breaks.
        source: name::NameError,
    },
}

/// What a request to make something comes to.
#[derive(Debug)]
pub enum Admission {
    /// It is there.
    There,
    /// It is being made; wait with the others.
    Join(Work),
    /// It has to be made.
    Make,
}

/// What to do where something of that name exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfThere {
    /// It will do.
    Keep,
    /// Make it anew, unless it is used.
    Replace,
    /// Refuse.
    Refuse,
}

/// A shelf's things by name.
#[derive(Debug)]
pub struct Contents<A: Artifact> {
    there: BTreeMap<String, A::Record>,
    /// name -> VM id -> VM name
    users: BTreeMap<String, BTreeMap<String, String>>,
    making: BTreeMap<String, Making>,
}

impl<A: Artifact> Contents<A> {
    /// The things that the store knows.
    pub fn new(records: impl IntoIterator<Item = A::Record>) -> Self {
        let there = records
            .into_iter()
            .map(|record| (A::name(&record).to_owned(), record));
        Self {
            there: there.collect(),
            users: BTreeMap::new(),
            making: BTreeMap::new(),
        }
    }

    /// Everything, by name.
    pub fn items(&self) -> Vec<Item<A::Record>> {
        self.there
            .iter()
            .map(|(name, record)| Item {
                record: record.clone(),
                used_by: self.users_of(name),
            })
            .collect()
    }

    /// One, with who uses it.
    pub fn item(&self, name: &str) -> Option<Item<A::Record>> {
        let record = self.there.get(name)?.clone();
        Some(Item {
            record,
            used_by: self.users_of(name),
        })
    }

    /// Decides on a request to make something.
    pub fn admit(&self, name: &str, if_there: IfThere) -> Result<Admission, ShelfError> {
        name::check_artifact_name(name).map_err(|source| ShelfError::BadName {
            noun: A::NOUN,
            name: name.to_owned(),
            source,
        })?;
        let taken = || ShelfError::NameTaken {
            noun: A::NOUN,
            name: name.to_owned(),
        };
        if let Some(work) = self.making.get(name).and_then(Making::join) {
            return match if_there {
                IfThere::Keep | IfThere::Replace => Ok(Admission::Join(work)),
                IfThere::Refuse => Err(taken()),
            };
        }
        if !self.there.contains_key(name) {
            return Ok(Admission::Make);
        }
        match if_there {
            IfThere::Keep => Ok(Admission::There),
            IfThere::Refuse => Err(taken()),
            IfThere::Replace => self.check_unused(name).map(|()| Admission::Make),
        }
    }

    /// Remembers that something is being made.
    pub fn begin(&mut self, name: &str, making: Making) {
        self.making.insert(name.to_owned(), making);
    }

    /// It was made, and this replaces what was there.
    pub fn complete(&mut self, id: &str, record: A::Record) -> Option<A::Record> {
        let name = A::name(&record).to_owned();
        self.end(&name, id);
        self.there.insert(name, record)
    }

    /// The making of it is over, either way.
    pub fn end(&mut self, name: &str, id: &str) {
        if self.making.get(name).is_some_and(|making| making.id == id) {
            self.making.remove(name);
        }
    }

    /// A VM uses it from now on.
    pub fn take(&mut self, name: &str, vm: &str, vm_name: &str) -> Result<A::Record, ShelfError> {
        let record = self
            .there
            .get(name)
            .ok_or_else(|| self.not_found(name))?
            .clone();
        let users = self.users.entry(name.to_owned()).or_default();
        users.insert(vm.to_owned(), vm_name.to_owned());
        Ok(record)
    }

    /// A VM uses nothing of this shelf any more.
    pub fn release(&mut self, vm: &str) {
        self.users.retain(|_, users| {
            users.remove(vm);
            !users.is_empty()
        });
    }

    /// Takes it off the shelf.
    pub fn remove(&mut self, name: &str) -> Result<A::Record, ShelfError> {
        self.check_unused(name)?;
        self.there.remove(name).ok_or_else(|| self.not_found(name))
    }

    /// Puts back what could not be removed after all.
    pub fn put_back(&mut self, record: A::Record) {
        self.there.insert(A::name(&record).to_owned(), record);
    }

    /// That there is none of this name.
    pub fn not_found(&self, name: &str) -> ShelfError {
        let known = self
            .there
            .keys()
            .map(String::as_str)
            .chain(A::catalog().iter().copied());
        let nearest = name::nearest(name, known)
            .into_iter()
            .map(str::to_owned)
            .collect();
        let in_catalog = A::catalog().contains(&name);
        ShelfError::NotFound {
            noun: A::NOUN,
            name: name.to_owned(),
            nearest,
            in_catalog,
        }
    }

    /// That no VM uses it.
    pub fn check_unused(&self, name: &str) -> Result<(), ShelfError> {
        let by = self.users_of(name);
        if by.is_empty() {
            Ok(())
        } else {
            Err(ShelfError::InUse {
                noun: A::NOUN,
                name: name.to_owned(),
                by,
            })
        }
    }

    fn users_of(&self, name: &str) -> Vec<String> {
        self.users
            .get(name)
            .into_iter()
            .flat_map(|users| users.values().cloned())
            .collect()
    }
}
