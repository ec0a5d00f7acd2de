//! Why a request to a shelf is refused.

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
    /// Several ids begin so.
    #[error("the ids of several {noun}s begin with {wanted:?}")]
    Ambiguous {
        /// What they are.
        noun: &'static str,
        /// What was asked for.
        wanted: String,
    },
    /// The name belongs to another, or to one that is being made.
    #[error("the {noun} {name:?} is there already")]
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
    #[error("{name:?} cannot be a name of {noun}s: {rule}")]
    BadName {
        /// What it would be.
        noun: &'static str,
        /// What was asked for.
        name: String,
        /// Which rule it breaks.
        rule: String,
    },
}
