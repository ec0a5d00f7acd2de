//! Pure: what is there, under which names, who uses it, what is being made.

use std::collections::BTreeMap;

use banger_api::name;

use super::{
    artifact::{Artifact, Item},
    change::Change,
    error::ShelfError,
    work::{Making, Work},
};

/// The shortest beginning of an id that stands for it.
const SHORTEST_PREFIX: usize = 4;

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
    /// Make it anew; what uses the old one keeps that until it ends.
    Replace,
    /// Make it anew, but never wait for another making of that name: that makes something
    /// else.
    Supplant,
    /// Refuse.
    Refuse,
}

/// A shelf's things by id.
#[derive(Debug)]
pub struct Contents<A: Artifact> {
    there: BTreeMap<String, A::Record>,
    /// id -> VM id -> VM name
    users: BTreeMap<String, BTreeMap<String, String>>,
    /// name -> what will have it
    making: BTreeMap<String, Making>,
}

impl<A: Artifact> Contents<A> {
    /// The things that the store knows.
    pub fn new(records: impl IntoIterator<Item = A::Record>) -> Self {
        let there = records
            .into_iter()
            .map(|record| (A::id(&record).to_owned(), record));
        Self {
            there: there.collect(),
            users: BTreeMap::new(),
            making: BTreeMap::new(),
        }
    }

    /// Everything, by name.
    pub fn items(&self) -> Vec<Item<A::Record>> {
        let mut items: Vec<_> = self.there.keys().filter_map(|id| self.of_id(id)).collect();
        items.sort_by(|a, b| A::names(&a.record).cmp(A::names(&b.record)));
        items
    }

    /// The thing of that id, with who uses it.
    pub fn of_id(&self, id: &str) -> Option<Item<A::Record>> {
        let record = self.there.get(id)?.clone();
        Some(Item {
            record,
            used_by: self.users_of(id),
        })
    }

    /// The id of the thing that is meant by a name, or by the beginning of an id.
    ///
    /// # Errors
    /// When there is none, or an id's beginning fits several.
    pub fn find(&self, wanted: &str) -> Result<&str, ShelfError> {
        let spelled = A::spellings(wanted);
        let named = spelled.iter().find_map(|name| self.named(name));
        if let Some(id) = named {
            return Ok(id);
        }
        let mut begun = self.there.keys().filter(|id| id.starts_with(wanted));
        match (begun.next(), begun.next()) {
            (Some(id), None) if wanted.len() >= SHORTEST_PREFIX => Ok(id),
            (Some(_), Some(_)) if wanted.len() >= SHORTEST_PREFIX => Err(ShelfError::Ambiguous {
                noun: A::NOUN,
                wanted: wanted.to_owned(),
            }),
            _ => Err(self.not_found(wanted)),
        }
    }

    fn named(&self, name: &str) -> Option<&str> {
        let mut there = self.there.iter();
        let found = there.find(|(_, record)| A::names(record).contains(name));
        found.map(|(id, _)| id.as_str())
    }

    /// Decides on a request to make something.
    ///
    /// # Errors
    /// When the name is none, or is taken and may not be.
    pub fn admit(&self, name: &str, if_there: IfThere) -> Result<Admission, ShelfError> {
        Self::check_name(name)?;
        if let Some(work) = self.making.get(name).and_then(Making::join) {
            return match if_there {
                IfThere::Keep | IfThere::Replace => Ok(Admission::Join(work)),
                IfThere::Supplant | IfThere::Refuse => Err(taken::<A>(name)),
            };
        }
        match (self.named(name), if_there) {
            (None, _) | (Some(_), IfThere::Replace | IfThere::Supplant) => Ok(Admission::Make),
            (Some(_), IfThere::Keep) => Ok(Admission::There),
            (Some(_), IfThere::Refuse) => Err(taken::<A>(name)),
        }
    }

    /// That a text can be a name.
    ///
    /// # Errors
    /// Which rule it breaks.
    pub fn check_name(name: &str) -> Result<(), ShelfError> {
        A::check_name(name).map_err(|rule| ShelfError::BadName {
            noun: A::NOUN,
            name: name.to_owned(),
            rule,
        })
    }

    /// Remembers that something is being made.
    pub fn begin(&mut self, name: &str, making: Making) {
        self.making.insert(name.to_owned(), making);
    }

    /// The making of it is over, either way.
    pub fn end(&mut self, name: &str, id: &str) {
        if self.making.get(name).is_some_and(|making| making.id == id) {
            self.making.remove(name);
        }
    }

    /// A thing gets a name, which whatever had it loses.
    pub fn give_name(&self, mut record: A::Record, name: &str) -> Change<A::Record> {
        let mut change = Change::default();
        let id = A::id(&record).to_owned();
        for (other, had) in &self.there {
            if *other != id && A::names(had).contains(name) {
                self.without_name(had.clone(), name, &mut change);
            }
        }
        A::names_mut(&mut record).insert(name.to_owned());
        change.put.push(record);
        change
    }

    /// One of its names goes, or the thing itself where an id was named or it was the last.
    /// What VMs use then stays without a name until the last of them lets go.
    ///
    /// # Errors
    /// When there is none, or VMs use it and `force` is off.
    pub fn take_off(&self, wanted: &str, force: bool) -> Result<Change<A::Record>, ShelfError> {
        let id = self.find(wanted)?;
        let Some(record) = self.there.get(id) else {
            return Err(self.not_found(wanted));
        };
        let names = A::names(record);
        let spelled = A::spellings(wanted);
        let named = spelled.iter().find(|name| names.contains(*name));
        let mut change = Change::default();
        match named {
            Some(name) if names.len() > 1 => self.without_name(record.clone(), name, &mut change),
            _ => {
                let by = self.users_of(id);
                if by.is_empty() {
                    change.delete.push(record.clone());
                } else if force {
                    let mut nameless = record.clone();
                    A::names_mut(&mut nameless).clear();
                    change.put.push(nameless);
                } else {
                    return Err(ShelfError::InUse {
                        noun: A::NOUN,
                        name: wanted.to_owned(),
                        by,
                    });
                }
            }
        }
        Ok(change)
    }

    fn without_name(&self, mut record: A::Record, name: &str, change: &mut Change<A::Record>) {
        A::names_mut(&mut record).remove(name);
        if A::names(&record).is_empty() && self.users_of(A::id(&record)).is_empty() {
            change.delete.push(record);
        } else {
            change.put.push(record);
        }
    }

    /// What has neither a name nor a user.
    pub fn forgotten(&self) -> Change<A::Record> {
        let forgotten = |(id, record): &(&String, &A::Record)| {
            A::names(record).is_empty() && !self.users.contains_key(*id)
        };
        let delete = self.there.iter().filter(forgotten);
        Change {
            put: Vec::new(),
            delete: delete.map(|(_, record)| record.clone()).collect(),
        }
    }

    /// Those of the records that nobody uses, as a change that removes them.
    pub fn unused(&self, chosen: impl Fn(&A::Record) -> bool) -> Change<A::Record> {
        let delete = self
            .there
            .iter()
            .filter(|(id, record)| self.users_of(id).is_empty() && chosen(record));
        Change {
            put: Vec::new(),
            delete: delete.map(|(_, record)| record.clone()).collect(),
        }
    }

    /// A change has been recorded.
    pub fn apply(&mut self, change: &Change<A::Record>) {
        for record in &change.delete {
            self.there.remove(A::id(record));
        }
        for record in &change.put {
            self.there.insert(A::id(record).to_owned(), record.clone());
        }
    }

    /// A VM uses it from now on.
    ///
    /// # Errors
    /// When there is none.
    pub fn take(&mut self, wanted: &str, vm: &str, vm_name: &str) -> Result<A::Record, ShelfError> {
        let id = self.find(wanted)?.to_owned();
        let record = self.there.get(&id).cloned();
        let record = record.ok_or_else(|| self.not_found(wanted))?;
        let users = self.users.entry(id).or_default();
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

    /// That there is none of this name.
    pub fn not_found(&self, name: &str) -> ShelfError {
        let names = self.there.values().flat_map(A::names).map(String::as_str);
        let known = names.chain(A::catalog().iter().copied());
        let nearest = name::nearest(name, known);
        ShelfError::NotFound {
            noun: A::NOUN,
            name: name.to_owned(),
            nearest: nearest.into_iter().map(str::to_owned).collect(),
            in_catalog: A::catalog().contains(&name),
        }
    }

    fn users_of(&self, id: &str) -> Vec<String> {
        let users = self.users.get(id).into_iter();
        users.flat_map(|users| users.values().cloned()).collect()
    }
}

fn taken<A: Artifact>(name: &str) -> ShelfError {
    ShelfError::NameTaken {
        noun: A::NOUN,
        name: name.to_owned(),
    }
}
