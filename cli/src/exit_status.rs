//! Exit codes: one place for all of them.
//!
//! | code | meaning |
//! |---|---|
//! | the command's own | `vm run`, `vm exec`, `vm shell`: how the guest's command ended |
//! | 1 | failed; every other command |
//! | 2 | the command line is wrong |
//! | 124 | `--timeout` ended the command, as with timeout(1) |
//! | 125 | banger failed, not the command; as with env(1) and docker |
//! | 126 | the command is in the guest and cannot be executed, or not there or by that user |
//! | 127 | there is no such command in the guest |
//! | 128 + N | signal N ended the command, or banger |

use std::process::ExitCode;

use banger_api::ErrorCode;
use nix::libc;

/// How banger ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// All went well.
    Success,
    /// The command of a guest ended with that code.
    Command(u8),
    /// Something failed, in a command that runs nothing.
    Failure,
    /// The command line is wrong.
    Usage,
    /// A time limit ended the guest's command.
    TimedOut,
    /// We failed, in a command that runs something.
    Ours,
    /// The guest's command cannot be executed.
    NotExecutable,
    /// There is no such command in the guest.
    NotFound,
    /// A signal ended us.
    Signal(i32),
}

/// Whether a command's exit code belongs to what it runs, so that our own failures need
/// codes apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It runs a guest's command.
    Runs,
    /// It does anything else.
    Manages,
}

impl ExitStatus {
    /// Whoever read our output went away: what the shell says of `yes | head`.
    pub const BROKEN_PIPE: Self = Self::Signal(libc::SIGPIPE);

    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Command(code) => code,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::TimedOut => 124,
            Self::Ours => 125,
            Self::NotExecutable => 126,
            Self::NotFound => 127,
            Self::Signal(number) => u8::try_from(number).map_or(255, |n| n.saturating_add(128)),
        }
    }

    /// How a guest's command ended: its code as the daemon tells it, 128+N included.
    pub fn of_command(code: i32, timed_out: bool) -> Self {
        if timed_out {
            return Self::TimedOut;
        }
        // Only these eight bits ever leave a process (wait(2)).
        Self::Command((code & 0xff) as u8)
    }

    /// Our own failure.
    pub fn of_failure(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Runs => Self::Ours,
            Purpose::Manages => Self::Failure,
        }
    }

    /// What the daemon refused or could not do.
    pub fn of_problem(code: ErrorCode, purpose: Purpose) -> Self {
        match (purpose, code) {
            (Purpose::Runs, ErrorCode::CommandNotFound) => Self::NotFound,
            (
                Purpose::Runs,
                ErrorCode::CommandNotExecutable
                | ErrorCode::WorkingDirNotFound
                | ErrorCode::UserNotFound,
            ) => Self::NotExecutable,
            (purpose, _) => Self::of_failure(purpose),
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        ExitCode::from(status.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table() {
        use ExitStatus as S;
        let rows = [
            (S::Success, 0),
            (S::of_command(0, false), 0),
            (S::of_command(7, false), 7),
            (S::of_command(137, false), 137),
            (S::of_command(137, true), 124),
            (S::of_command(256 + 3, false), 3),
            (S::of_failure(Purpose::Runs), 125),
            (S::of_failure(Purpose::Manages), 1),
            (
                S::of_problem(ErrorCode::CommandNotFound, Purpose::Runs),
                127,
            ),
            (
                S::of_problem(ErrorCode::CommandNotExecutable, Purpose::Runs),
                126,
            ),
            (
                S::of_problem(ErrorCode::WorkingDirNotFound, Purpose::Runs),
                126,
            ),
            (S::of_problem(ErrorCode::UserNotFound, Purpose::Runs), 126),
            (S::of_problem(ErrorCode::VmNotFound, Purpose::Runs), 125),
            (
                S::of_problem(ErrorCode::CommandNotFound, Purpose::Manages),
                1,
            ),
            (S::Usage, 2),
            (S::Signal(2), 130),
            (S::BROKEN_PIPE, 141),
        ];
        for (status, code) in rows {
            assert_eq!(status.code(), code, "{status:?}");
        }
    }
}
