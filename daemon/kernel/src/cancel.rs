//! A flag that ends a long call early, and the child process that the call waits for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// Ends a [`pull`](crate::pull) or an import from another thread. Share it in an `Arc`.
///
/// Cancelling is final: a cancelled flag stays cancelled.
#[derive(Debug, Default)]
pub struct Cancel {
    cancelled: AtomicBool,
    /// The process group that the call waits for, while it has not been reaped.
    group: Mutex<Option<Pid>>,
}

/// The call was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

impl Cancel {
    /// A flag that nobody has raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the call to end, and kills the process group that it waits for.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        if let Some(group) = *self.group() {
            kill(group);
        }
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    /// Fails once the flag is raised: for loops, between two steps.
    pub(crate) fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }

    /// Lets a cancel kill this process group until [`release`](Self::release), which must
    /// come before the group's leader is reaped: a pid that was reaped may be another's.
    pub(crate) fn watch(&self, group: Pid) {
        let mut watched = self.group();
        *watched = Some(group);
        // Raised between the spawn and this call.
        if self.is_cancelled() {
            kill(group);
        }
    }

    /// Ends [`watch`](Self::watch).
    pub(crate) fn release(&self) {
        *self.group() = None;
    }

    fn group(&self) -> MutexGuard<'_, Option<Pid>> {
        self.group.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn kill(group: Pid) {
    // It fails only where the group has ended already, which is what was wanted.
    let _ = killpg(group, Signal::SIGKILL);
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::Command;

    use super::*;

    fn sleeper() -> std::process::Child {
        Command::new("sleep")
            .arg("60")
            .process_group(0)
            .spawn()
            .unwrap()
    }

    #[test]
    fn a_cancel_kills_the_watched_group() {
        let cancel = Cancel::new();
        let mut child = sleeper();
        cancel.watch(Pid::from_raw(child.id() as i32));
        cancel.cancel();
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        assert_eq!(cancel.check(), Err(Cancelled));
    }

    #[test]
    fn a_group_watched_after_the_cancel_is_killed_too() {
        let cancel = Cancel::new();
        cancel.cancel();
        let mut child = sleeper();
        cancel.watch(Pid::from_raw(child.id() as i32));
        assert_eq!(child.wait().unwrap().signal(), Some(9));
    }

    #[test]
    fn a_released_group_is_left_alone() {
        let cancel = Cancel::new();
        let mut child = sleeper();
        cancel.watch(Pid::from_raw(child.id() as i32));
        cancel.release();
        cancel.cancel();
        assert!(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
