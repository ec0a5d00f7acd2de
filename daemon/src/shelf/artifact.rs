//! What images and kernels differ in.

use std::{
    any::Any,
    collections::BTreeSet,
    future::Future,
    path::Path,
    sync::{Arc, OnceLock},
};

use banger_api::{ErrorCode, EventSubject, OperationKind, Problem, name};
use banger_store::Record;
use tokio::sync::watch;

use crate::operation::Reporter;

/// A kind of thing on a shelf.
pub trait Artifact: Send + Sync + Unpin + Sized + 'static {
    /// What is stored of one.
    type Record: Record + Clone + Send + Sync + std::fmt::Debug + Unpin;
    /// How one is made.
    type Recipe: Send + 'static;

    /// What one is called in messages.
    const NOUN: &'static str;
    /// Error codes for the ways in which a request for one fails.
    const CODES: Codes;
    /// The directory under the state directory.
    const DIRECTORY: &'static str;

    /// The names of one; each is had by one thing at most.
    fn names(record: &Self::Record) -> &BTreeSet<String>;

    /// The same, to be changed.
    fn names_mut(record: &mut Self::Record) -> &mut BTreeSet<String>;

    /// The id of one, which is its directory and the key of its record.
    fn id(record: &Self::Record) -> &str;

    /// Checks a name.
    ///
    /// # Errors
    /// The rule that it breaks.
    fn check_name(name: &str) -> Result<(), String> {
        name::check_artifact_name(name).map_err(|error| error.to_string())
    }

    /// The names that may be meant by what was asked for, the likeliest first.
    fn spellings(wanted: &str) -> Vec<String> {
        vec![wanted.to_owned()]
    }

    /// The names that can be fetched.
    fn catalog() -> &'static [&'static str];

    /// How the thing of that name is fetched, and the name that it gets.
    ///
    /// # Errors
    /// When there is nowhere to fetch it from, or one of the `nearest` names was surely meant.
    fn fetch(&self, name: &str, nearest: &[String]) -> Result<(String, Self::Recipe), NotFetched>;

    /// Which operation a recipe is.
    fn operation_kind(recipe: &Self::Recipe) -> OperationKind;

    /// Makes one in `directory`, which exists and is empty. Ends soon after the reporter
    /// was cancelled. What it leaves behind on an error is removed by the caller. What is
    /// on the shelf already tells `there`.
    fn make(
        &self,
        recipe: Self::Recipe,
        place: Place<'_>,
        there: &There<Self::Record>,
        reporter: &Reporter,
    ) -> impl Future<Output = Result<Product<Self::Record>, Problem>> + Send;

    /// One as the world sees it.
    fn appeared(&self, item: &Item<Self::Record>) -> EventSubject;

    /// One that is gone.
    fn vanished(name: &str) -> EventSubject;
}

/// Where something is made.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The name that it will have.
    pub name: &'a str,
    /// Its id.
    pub id: &'a str,
    /// Its directory, for now.
    pub directory: &'a Path,
    /// A better name, where one is found on the way: the thing gets that instead, unless
    /// another has it.
    pub found_name: &'a OnceLock<String>,
}

/// Why a thing that is not there cannot be fetched either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFetched {
    /// Nobody has it.
    Nowhere,
    /// The name is none, by this rule.
    BadName(String),
}

/// What is on a shelf, as it was last published.
pub type There<R> = watch::Receiver<Arc<Vec<Item<R>>>>;

/// What is held until something is on the shelf: the right to make what others may want to
/// make as well, and what must not be swept meanwhile.
pub struct Turn(#[allow(dead_code, reason = "it is only ever dropped")] Box<dyn Any + Send>);

impl Turn {
    /// Holds those things.
    pub fn new(held: impl Any + Send) -> Self {
        Self(Box::new(held))
    }
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Turn")
    }
}

/// What came of a making.
#[derive(Debug)]
pub enum Product<R> {
    /// A new thing, without names yet. Whoever makes the same waits for the turn's end, which
    /// comes when the thing is on the shelf.
    New(R, Option<Turn>),
    /// The same as the thing of this id, which gets one more name.
    Same(String),
}

/// Error codes of a kind of thing.
#[derive(Clone, Copy, Debug)]
pub struct Codes {
    /// There is none of that name.
    pub not_found: ErrorCode,
    /// The name belongs to another.
    pub name_taken: ErrorCode,
    /// A VM uses it.
    pub in_use: ErrorCode,
}

/// A thing and who uses it.
#[derive(Clone, Debug)]
pub struct Item<R> {
    /// What is stored of it.
    pub record: R,
    /// The names of the VMs that use it.
    pub used_by: Vec<String>,
}
