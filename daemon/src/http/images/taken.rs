//! Names that are taken already.

use banger_api::{ErrorCode, Problem};

use crate::shelf::IfThere;

/// What a request may do to an image that has the name.
pub fn if_there(replace: bool) -> IfThere {
    match replace {
        true => IfThere::Supplant,
        false => IfThere::Refuse,
    }
}

/// Where a taken name may be taken over, that is told.
pub fn replaceable(problem: Problem) -> Problem {
    match problem.code {
        ErrorCode::ImageNameTaken => {
            problem.with_hint("choose another name, or take this one over with `--replace`")
        }
        _ => problem,
    }
}
