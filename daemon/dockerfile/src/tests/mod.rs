//! Tests of the whole, and of each part.
//!
//! | file | what of it |
//! |---|---|
//! | `whole.rs` | instructions, and what comes of them |
//! | `refused.rs` | what is wrong |
//! | `words.rs` | variables, escapes, paths |
//! | `files.rs` | what is copied, mounted and ignored |
//! | `random.rs` | whatever may be written |

mod files;
mod random;
mod refused;
mod whole;
mod words;

use banger_api::ImageConfig;

use super::{
    expand::{Lookup, Room},
    *,
};

fn args(pairs: &[(&str, &str)]) -> BuildArgs {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

fn expand(text: &str, escape: char, lookup: Lookup<'_>) -> Result<String, String> {
    super::expand::expand(text, escape, lookup, &Room::default())
}

/// All actions of a Dockerfile, and what comes of the configuration.
fn build(text: &str, given: &[(&str, &str)]) -> (Vec<Action>, ImageConfig) {
    let dockerfile = Dockerfile::parse(text).unwrap();
    let mut state = State::new(&dockerfile, ImageConfig::default(), args(given)).unwrap();
    let mut actions = Vec::new();
    for instruction in &dockerfile.stages[0].instructions {
        actions.extend(state.apply(instruction).unwrap());
    }
    (actions, state.config)
}

fn run(action: &Action) -> &RunAction {
    match action {
        Action::Run(run) => run,
        other => panic!("{other:?}"),
    }
}
