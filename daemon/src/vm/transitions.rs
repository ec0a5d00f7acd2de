//! Pure: (state, input) -> (state, effects). Every pair is listed; a wildcard would hide
//! tomorrow's mistake.

use super::state::{Next, State};

/// What somebody wants of a VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Legal once, first.
    Create {
        /// Whether it is started then.
        start: bool,
    },
    /// Legal while stopped; nothing to do while running.
    Start,
    /// Legal while starting and running; nothing to do while stopped.
    Stop,
    /// Legal while running and stopped.
    Restart,
    /// Legal while stopped; with force, while starting and running too.
    Delete {
        /// Whether a running VM is ended for it.
        force: bool,
    },
}

/// What became of an effect, or of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Image, kernel and disks are there.
    Prepared,
    /// They are not.
    PrepareFailed,
    /// The guest is ready.
    Booted,
    /// It is not, and no process of it is left.
    BootFailed,
    /// The machine ended.
    Ended {
        /// Whether the guest asked for a reset.
        rebooted: bool,
    },
    /// Nothing of it is left.
    Removed,
    /// Something is.
    RemoveFailed,
    /// The record of a VM whose creation is not complete could not be written.
    NotRecorded,
}

/// What to do beside the change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Prepare image, kernel and disks.
    Prepare,
    /// Start the machine and make the guest ready.
    Boot,
    /// Give up the boot under way.
    AbandonBoot,
    /// End the guest cleanly, then by force.
    PowerOff,
    /// End the machine at once.
    PowerCut,
    /// Remove everything.
    Remove,
    /// The creation is complete.
    Keep,
    /// The operation under way has succeeded.
    Succeed,
    /// It has failed, with what the outcome carries.
    Fail,
}

/// Two facts of the record that decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// [`super::VmRecord::provisional`].
    pub provisional: bool,
    /// [`super::VmRecord::delete_when_stopped`].
    pub delete_when_stopped: bool,
}

/// What a command comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It changes the state.
    Accept(State, Vec<Effect>),
    /// It is as wanted already.
    AlreadySo,
    /// The same is under way; wait with the others.
    Join,
    /// The state does not allow it.
    Deny(Denial),
}

/// Why a state does not allow a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// It is being created.
    BeingCreated,
    /// It is being started.
    BeingStarted,
    /// It is being stopped.
    BeingStopped,
    /// It is being deleted.
    BeingDeleted,
    /// It runs, and force was not asked for.
    Running,
    /// It exists already.
    Exists,
}

/// Decides on a command.
pub fn command(state: State, command: Command) -> Admission {
    use Admission::{Accept, AlreadySo, Deny, Join};
    match (state, command) {
        (State::New, Command::Create { start }) => {
            Accept(State::Creating { start }, vec![Effect::Prepare])
        }
        (
            State::Creating { .. }
            | State::Starting
            | State::Running
            | State::Stopping { .. }
            | State::Stopped
            | State::Deleting
            | State::Gone,
            Command::Create { .. },
        ) => Deny(Denial::Exists),

        (State::Stopped, Command::Start | Command::Restart) => {
            Accept(State::Starting, vec![Effect::Boot])
        }
        (State::Running, Command::Start) | (State::Stopped, Command::Stop) => AlreadySo,
        (State::Starting, Command::Start) => Join,

        (State::Running, Command::Stop) => {
            Accept(State::Stopping { next: Next::Rest }, vec![Effect::PowerOff])
        }
        (State::Starting, Command::Stop) => Accept(
            State::Stopping { next: Next::Rest },
            vec![Effect::AbandonBoot],
        ),
        (State::Stopping { next: Next::Rest }, Command::Stop)
        | (State::Stopping { next: Next::Start }, Command::Restart)
        | (State::Stopping { next: Next::Delete } | State::Deleting, Command::Delete { .. }) => {
            Join
        }
        (State::Running, Command::Restart) => Accept(
            State::Stopping { next: Next::Start },
            vec![Effect::PowerOff],
        ),

        (State::Stopped, Command::Delete { .. }) => Accept(State::Deleting, vec![Effect::Remove]),
        (State::Running, Command::Delete { force: true }) => Accept(
            State::Stopping { next: Next::Delete },
            vec![Effect::PowerCut],
        ),
        (State::Starting, Command::Delete { force: true }) => Accept(
            State::Stopping { next: Next::Delete },
            vec![Effect::AbandonBoot],
        ),
        (State::Stopping { next: Next::Rest }, Command::Delete { force: true }) => Accept(
            State::Stopping { next: Next::Delete },
            vec![Effect::PowerCut],
        ),
        (State::Running, Command::Delete { force: false }) => Deny(Denial::Running),

        (
            State::New | State::Creating { .. },
            Command::Start | Command::Stop | Command::Restart | Command::Delete { .. },
        ) => Deny(Denial::BeingCreated),
        (State::Starting, Command::Restart | Command::Delete { force: false }) => {
            Deny(Denial::BeingStarted)
        }
        (State::Stopping { next: Next::Rest }, Command::Start | Command::Restart)
        | (State::Stopping { next: Next::Rest }, Command::Delete { force: false })
        | (
            State::Stopping { next: Next::Start },
            Command::Start | Command::Stop | Command::Delete { .. },
        ) => Deny(Denial::BeingStopped),
        (
            State::Stopping { next: Next::Delete } | State::Deleting | State::Gone,
            Command::Start | Command::Stop | Command::Restart,
        )
        | (State::Gone, Command::Delete { .. }) => Deny(Denial::BeingDeleted),
    }
}

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
}
