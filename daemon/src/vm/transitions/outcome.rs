//! What follows from what became of an effect, or of the machine.

use super::{Effect, Facts, Outcome};
use crate::vm::state::{Next, State};

/// What follows from an outcome; nothing where it came too late to matter.
pub fn outcome(state: State, outcome: Outcome, facts: Facts) -> Option<(State, Vec<Effect>)> {
    match (state, outcome) {
        (State::Creating { start: true }, Outcome::Prepared) => {
            Some((State::Starting, vec![Effect::Boot]))
        }
        (State::Creating { start: false }, Outcome::Prepared) => {
            Some((State::Stopped, vec![Effect::Keep, Effect::Succeed]))
        }
        (State::Creating { .. }, Outcome::PrepareFailed) => {
            Some((State::Deleting, vec![Effect::Remove]))
        }
        (State::Starting, Outcome::Booted) => {
            Some((State::Running, vec![Effect::Keep, Effect::Succeed]))
        }
        // One that is to go when it stops may fail in a boot that its guest asked for.
        (State::Starting, Outcome::BootFailed)
            if facts.provisional || facts.delete_when_stopped =>
        {
            Some((State::Deleting, vec![Effect::Remove]))
        }
        (State::Starting, Outcome::BootFailed) => Some((State::Stopped, vec![Effect::Fail])),
        (State::Running, Outcome::Ended { rebooted: true }) => {
            Some((State::Starting, vec![Effect::Boot]))
        }
        (State::Running, Outcome::Ended { rebooted: false }) => Some(rest(facts)),
        // The boot won the race against its abandonment.
        (State::Stopping { .. }, Outcome::Booted) => Some((state, vec![Effect::PowerCut])),
        (State::Stopping { next: Next::Rest }, Outcome::Ended { .. } | Outcome::BootFailed) => {
            Some(rest(facts))
        }
        (State::Stopping { next: Next::Start }, Outcome::Ended { .. } | Outcome::BootFailed) => {
            Some((State::Starting, vec![Effect::Boot]))
        }
        (State::Stopping { next: Next::Delete }, Outcome::Ended { .. } | Outcome::BootFailed) => {
            Some((State::Deleting, vec![Effect::Remove]))
        }
        (State::Deleting, Outcome::Removed) => Some((State::Gone, vec![Effect::Succeed])),
        (State::Deleting, Outcome::RemoveFailed) => Some((State::Stopped, vec![Effect::Fail])),

        // What is not recorded is no VM: the next daemon would not know it.
        (State::Creating { .. } | State::Starting | State::Stopped, Outcome::NotRecorded) => {
            Some((State::Deleting, vec![Effect::Remove]))
        }
        (State::Running, Outcome::NotRecorded) => Some((
            State::Stopping { next: Next::Delete },
            vec![Effect::PowerCut],
        )),
        // They end by themselves, or are being removed.
        (State::New | State::Stopping { .. } | State::Deleting, Outcome::NotRecorded) => None,

        (
            State::New | State::Creating { .. },
            Outcome::Booted
            | Outcome::BootFailed
            | Outcome::Ended { .. }
            | Outcome::Removed
            | Outcome::RemoveFailed,
        )
        | (State::New, Outcome::Prepared | Outcome::PrepareFailed)
        | (
            State::Starting | State::Running | State::Stopping { .. },
            Outcome::Prepared
            | Outcome::PrepareFailed
            | Outcome::Removed
            | Outcome::RemoveFailed,
        )
        // The boot effect itself watches the machine until the guest is ready.
        | (State::Starting, Outcome::Ended { .. })
        | (State::Running, Outcome::Booted | Outcome::BootFailed)
        | (
            State::Stopped,
            Outcome::Prepared
            | Outcome::PrepareFailed
            | Outcome::Booted
            | Outcome::BootFailed
            | Outcome::Ended { .. }
            | Outcome::Removed
            | Outcome::RemoveFailed,
        )
        | (State::Gone, _)
        | (
            State::Deleting,
            Outcome::Prepared
            | Outcome::PrepareFailed
            | Outcome::Booted
            | Outcome::BootFailed
            | Outcome::Ended { .. },
        ) => None,
    }
}

fn rest(facts: Facts) -> (State, Vec<Effect>) {
    if facts.delete_when_stopped {
        (State::Deleting, vec![Effect::Remove])
    } else {
        // Its disks are complete, even where its first boot was stopped.
        (State::Stopped, vec![Effect::Keep, Effect::Succeed])
    }
}
