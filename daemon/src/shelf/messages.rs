//! The mailbox of a shelf.

use actix::Message;
use banger_api::Problem;

use super::{
    artifact::Artifact,
    contents::{IfThere, ShelfError},
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
}

/// Event: the making of something is over.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Made<A: Artifact> {
    /// The name.
    pub name: String,
    /// The id under which it was made.
    pub id: String,
    /// What came of it.
    pub outcome: Result<A::Record, Problem>,
    /// Ended when the outcome can be seen by all.
    pub reporter: Reporter,
}

/// A VM uses it from now on. Legal at any time, any number of times.
#[derive(Message)]
#[rtype(result = "Result<A::Record, ShelfError>")]
pub struct Take<A: Artifact> {
    /// The name.
    pub name: String,
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

/// Take it off the shelf and delete its files. Legal while nobody uses it.
#[derive(Message)]
#[rtype(result = "Result<(), Problem>")]
pub struct Remove {
    /// The name.
    pub name: String,
}
