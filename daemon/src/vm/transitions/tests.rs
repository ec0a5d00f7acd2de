//! Each rule on its own, then random walks.

use proptest::prelude::*;

use super::*;
use crate::vm::state::{Next, State};

const KEPT: Facts = Facts {
    provisional: false,
    delete_when_stopped: false,
};

fn commands() -> impl Strategy<Value = Command> {
    prop_oneof![
        any::<bool>().prop_map(|start| Command::Create { start }),
        Just(Command::Start),
        Just(Command::Stop),
        Just(Command::Restart),
        any::<bool>().prop_map(|force| Command::Delete { force }),
    ]
}

/// What the world can answer to the effects under way.
fn answer(state: State, pick: u8) -> Outcome {
    let good = pick.is_multiple_of(2);
    match state {
        State::Creating { .. } if good => Outcome::Prepared,
        State::Creating { .. } => Outcome::PrepareFailed,
        State::Starting if good => Outcome::Booted,
        State::Starting => Outcome::BootFailed,
        State::Deleting if good => Outcome::Removed,
        State::Deleting => Outcome::RemoveFailed,
        State::New | State::Running | State::Stopping { .. } | State::Stopped | State::Gone => {
            Outcome::Ended {
                rebooted: pick.is_multiple_of(3),
            }
        }
    }
}

proptest! {
    /// Whatever is asked and however it goes: a state in which something must still
    /// happen always has an effect under way that will say what became of it.
    #[test]
    fn no_state_is_a_dead_end(
        steps in prop::collection::vec((commands(), any::<bool>(), any::<u8>()), 1..60),
        provisional in any::<bool>(),
        delete_when_stopped in any::<bool>(),
    ) {
        let mut facts = Facts { provisional, delete_when_stopped };
        let mut state = State::New;
        for (wanted, world_moves, pick) in steps {
            let next = if world_moves {
                outcome(state, answer(state, pick), facts)
            } else {
                match command(state, wanted) {
                    Admission::Accept(next, effects) => Some((next, effects)),
                    Admission::AlreadySo | Admission::Join | Admission::Deny(_) => None,
                }
            };
            let Some((next, effects)) = next else { continue };
            if effects.contains(&Effect::Keep) {
                facts.provisional = false;
            }
            let at_rest = matches!(next, State::Running | State::Stopped);
            // The next daemon removes what is provisional.
            prop_assert!(!at_rest || !facts.provisional || effects.contains(&Effect::Fail));
            let busy = matches!(next, State::Creating { .. } | State::Starting | State::Stopping { .. } | State::Deleting);
            let works = effects.iter().any(|effect| matches!(effect,
                Effect::Prepare | Effect::Boot | Effect::AbandonBoot | Effect::PowerOff | Effect::PowerCut | Effect::Remove));
            prop_assert!(!busy || works, "{state:?} -> {next:?} with {effects:?}");
            state = next;
        }
    }

    #[test]
    fn a_deleted_vm_never_comes_back(wanted in commands(), pick in any::<u8>()) {
        prop_assert!(!matches!(command(State::Gone, wanted), Admission::Accept(..)));
        prop_assert_eq!(outcome(State::Gone, answer(State::Gone, pick), KEPT), None);
    }
}

#[test]
fn stop_is_heard_while_it_boots() {
    let accepted = command(State::Starting, Command::Stop);
    let stopping = State::Stopping { next: Next::Rest };
    assert_eq!(
        accepted,
        Admission::Accept(stopping, vec![Effect::AbandonBoot])
    );
    let then = outcome(stopping, Outcome::BootFailed, KEPT);
    let kept = vec![Effect::Keep, Effect::Succeed];
    assert_eq!(then, Some((State::Stopped, kept)));
}

#[test]
fn a_first_boot_that_fails_leaves_nothing() {
    let facts = Facts {
        provisional: true,
        ..KEPT
    };
    let then = outcome(State::Starting, Outcome::BootFailed, facts);
    assert_eq!(then, Some((State::Deleting, vec![Effect::Remove])));
}

#[test]
fn a_vm_of_one_run_goes_when_its_reboot_fails() {
    let facts = Facts {
        delete_when_stopped: true,
        ..KEPT
    };
    let then = outcome(State::Starting, Outcome::BootFailed, facts);
    assert_eq!(then, Some((State::Deleting, vec![Effect::Remove])));
}

#[test]
fn a_vm_that_was_not_recorded_is_undone() {
    let removed = Some((State::Deleting, vec![Effect::Remove]));
    for state in [
        State::Creating { start: true },
        State::Starting,
        State::Stopped,
    ] {
        assert_eq!(outcome(state, Outcome::NotRecorded, KEPT), removed);
    }
    let deleting = State::Stopping { next: Next::Delete };
    let then = outcome(State::Running, Outcome::NotRecorded, KEPT);
    assert_eq!(then, Some((deleting, vec![Effect::PowerCut])));
    // While it goes, a disk that is still full changes nothing.
    for state in [deleting, State::Deleting] {
        assert_eq!(outcome(state, Outcome::NotRecorded, KEPT), None);
    }
}

#[test]
fn a_running_vm_is_deleted_by_force_only() {
    let gently = command(State::Running, Command::Delete { force: false });
    assert_eq!(gently, Admission::Deny(Denial::Running));
    let forced = command(State::Running, Command::Delete { force: true });
    assert!(matches!(
        forced,
        Admission::Accept(State::Stopping { next: Next::Delete }, _)
    ));
}

#[test]
fn a_guest_that_reboots_starts_again() {
    let then = outcome(State::Running, Outcome::Ended { rebooted: true }, KEPT);
    assert_eq!(then, Some((State::Starting, vec![Effect::Boot])));
}
