//! Which state allows what somebody wants.

use super::{Admission, Command, Denial, Effect};
use crate::vm::state::{Next, State};

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
