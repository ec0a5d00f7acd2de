//! What images and kernels differ in.

use std::{future::Future, path::Path};

use banger_api::{ErrorCode, EventSubject, OperationKind, Problem};
use banger_store::Record;

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

    /// The name of one.
    fn name(record: &Self::Record) -> &str;

    /// The directory of one, which is its id.
    fn id(record: &Self::Record) -> &str;

    /// The names that can be fetched.
    fn catalog() -> &'static [&'static str];

    /// How the catalog's thing of that name is fetched.
    fn catalog_recipe(name: &str) -> Self::Recipe;

    /// Which operation a recipe is.
    fn operation_kind(recipe: &Self::Recipe) -> OperationKind;

    /// Makes one in `directory`, which exists and is empty. Ends soon after the reporter
    /// was cancelled. What it leaves behind on an error is removed by the caller.
    fn make(
        &self,
        name: &str,
        id: &str,
        recipe: Self::Recipe,
        directory: &Path,
        reporter: &Reporter,
    ) -> impl Future<Output = Result<Self::Record, Problem>> + Send;

    /// One as the world sees it.
    fn appeared(item: &Item<Self::Record>) -> EventSubject;

    /// One that is gone.
    fn vanished(name: &str) -> EventSubject;
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
