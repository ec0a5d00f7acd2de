//! The mailbox of a shelf.

use actix::Message;
use banger_api::Problem;

use super::{
    artifact::{Artifact, Item, Product},
    contents::IfThere,
    error::ShelfError,
    work::Work,
};
use crate::operation::Reporter;

/// Make something. Legal at any time; joins where it is being made already.
#[derive(Message)]
#[rtype(result = "Result<Option<Work>, ShelfError>")]
pub struct Make<A: Artifact> {
    /// The name that it gets.
    pub name: String,
    /// How.
    pub recipe: A::Recipe,
    /// What to do where it exists.
    pub if_there: IfThere,
    /// Who has the use of it, where it gets no name; it goes when they let go.
    pub keeper: Option<Keeper>,
}

/// A VM, or what else has the use of something.
#[derive(Clone, Debug)]
pub struct Keeper {
    /// Its id.
    pub id: String,
    /// Its name, for people.
    pub name: String,
}

/// Event: the making of something is over.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Made<A: Artifact> {
    /// The name.
    pub name: String,
    /// The id under which it was made.
    pub id: String,
    /// The name that was found on the way.
    pub found_name: Option<String>,
    /// Who has the use of it, where it gets no name.
    pub keeper: Option<Keeper>,
    /// What came of it.
    pub outcome: Result<Product<A::Record>, Problem>,
    /// Ended when the outcome can be seen by all.
    pub reporter: Reporter,
}

/// A VM uses it from now on. Legal at any time, any number of times.
#[derive(Message)]
#[rtype(result = "Result<A::Record, ShelfError>")]
pub struct Take<A: Artifact> {
    /// A name, or the beginning of an id.
    pub wanted: String,
    /// The VM's id.
    pub vm: String,
    /// The VM's name.
    pub vm_name: String,
    /// Which kind of thing.
    pub kind: std::marker::PhantomData<fn() -> A>,
}

/// A VM uses nothing of this shelf any more. Legal at any time.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Release {
    /// The VM's id.
    pub vm: String,
}

/// Take a name off it, or the thing off the shelf and delete its files.
#[derive(Message)]
#[rtype(result = "Result<(), Problem>")]
pub struct Remove {
    /// A name, or the beginning of an id.
    pub wanted: String,
    /// Whether VMs may still use it.
    pub force: bool,
}

/// Give it one more name, which whatever had it loses. Legal at any time.
#[derive(Message)]
#[rtype(result = "Result<Item<A::Record>, Problem>")]
pub struct Tag<A: Artifact> {
    /// A name, or the beginning of an id.
    pub wanted: String,
    /// The name.
    pub name: String,
    /// Which kind of thing.
    pub kind: std::marker::PhantomData<fn() -> A>,
}

/// Change what is stored of it; its names and id stay. Legal at any time.
#[derive(Message)]
#[rtype(result = "Result<Item<A::Record>, Problem>")]
pub struct Rewrite<A: Artifact> {
    /// A name, or the beginning of an id.
    pub wanted: String,
    /// What changes; an error leaves it as it is.
    #[allow(clippy::type_complexity, reason = "said once")]
    pub rewrite: Box<dyn FnOnce(&mut A::Record) -> Result<(), Problem> + Send>,
}

/// Remove those of these ids that nobody uses; answers which went.
#[derive(Message)]
#[rtype(result = "Result<Vec<A::Record>, Problem>")]
pub struct Prune<A: Artifact> {
    /// The ids.
    pub ids: std::collections::BTreeSet<String>,
    /// Which kind of thing.
    pub kind: std::marker::PhantomData<fn() -> A>,
}
