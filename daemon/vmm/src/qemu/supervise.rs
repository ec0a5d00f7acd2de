//! Awaits a machine's end, tells why it ended, and cleans up.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::libc::SIGKILL;
use tokio::sync::watch;

use super::files::{log_tail, remove_sockets};
use super::qmp::{QmpClient, ShutdownCause};
use crate::ExitReason;
use crate::process::ProcessHandle;

/// How long the rest of a machine may take to follow what ended first.
const FOLLOW_DEADLINE: Duration = Duration::from_secs(1);

/// A machine as its end is awaited.
pub(super) struct Supervised {
    pub(super) vmm: Arc<ProcessHandle>,
    pub(super) helper: Arc<ProcessHandle>,
    pub(super) qmp: Arc<QmpClient>,
    pub(super) runtime_dir: PathBuf,
    /// How QEMU ended; nothing for a machine that an earlier daemon started.
    pub(super) status: Option<watch::Receiver<Option<ExitStatus>>>,
    /// QEMU's log and where this run's part of it begins.
    pub(super) log: Option<(PathBuf, u64)>,
    /// Whether we have sent SIGKILL ourselves.
    pub(super) killed: Arc<AtomicBool>,
}

impl Supervised {
    /// Ends when both processes are gone and their sockets removed.
    pub(super) async fn run(self) -> ExitReason {
        let helper_ended_first = tokio::select! {
            biased;
            _ = self.vmm.exited() => false,
            _ = self.helper.exited() => true,
        };
        let mut helper_failed = false;
        if helper_ended_first {
            let followed = tokio::time::timeout(FOLLOW_DEADLINE, self.vmm.exited()).await;
            helper_failed = followed.is_err();
            kill(&self.vmm).await;
        }
        kill(&self.helper).await;
        let cause = self.cause().await;
        let status = self.status().await;
        remove_sockets(&self.runtime_dir);
        let log = self
            .log
            .as_ref()
            .map(|(path, from)| log_tail(path, *from))
            .unwrap_or_default();
        exit_reason(&End {
            cause,
            status,
            killed: self.killed.load(Ordering::Relaxed),
            helper_failed,
            log: &log,
        })
    }

    /// What QEMU has said, once all of it has been read.
    async fn cause(&self) -> Option<ShutdownCause> {
        // Both ends of the connection are gone with QEMU: this cannot take long.
        let _ = tokio::time::timeout(FOLLOW_DEADLINE, self.qmp.closed()).await;
        self.qmp.shutdown_cause()
    }

    async fn status(&self) -> Option<ExitStatus> {
        let mut status = self.status.clone()?;
        let reaped = status.wait_for(Option::is_some);
        let reaped = tokio::time::timeout(FOLLOW_DEADLINE, reaped).await;
        reaped.ok()?.ok().and_then(|status| *status)
    }
}

/// Kills a process and awaits its end.
pub(super) async fn kill(process: &ProcessHandle) {
    // An error means that it is gone already, or not ours, which only the log can tell.
    if let Err(error) = process.signal(SIGKILL)
        && error.raw_os_error() != Some(nix::libc::ESRCH)
    {
        tracing::warn!(pid = process.record().pid, %error, "a process could not be killed");
        return;
    }
    let _ = process.exited().await;
}

/// What is known of an end.
struct End<'a> {
    cause: Option<ShutdownCause>,
    status: Option<ExitStatus>,
    killed: bool,
    helper_failed: bool,
    log: &'a str,
}

/// Why a machine ended, by the best that is known of it.
fn exit_reason(end: &End<'_>) -> ExitReason {
    match end.cause {
        Some(ShutdownCause::GuestShutdown) => return ExitReason::PoweredOff,
        Some(ShutdownCause::GuestReset | ShutdownCause::GuestPanic) => {
            return ExitReason::Rebooted;
        }
        Some(
            ShutdownCause::HostQmpQuit
            | ShutdownCause::HostQmpSystemReset
            | ShutdownCause::HostSignal,
        ) => return ExitReason::Terminated,
        Some(ShutdownCause::Unknown) | None => {}
    }
    if end.killed {
        return ExitReason::Terminated;
    }
    if end.helper_failed {
        return ExitReason::Failed("the vsock device of the machine has ended".to_owned());
    }
    let what = match end.status {
        Some(status) => match status.signal() {
            Some(signal) => format!("QEMU was killed by signal {signal}"),
            None => format!("QEMU ended ({status})"),
        },
        None => "QEMU ended and did not say why".to_owned(),
    };
    ExitReason::Failed(if end.log.is_empty() {
        what
    } else {
        format!("{what}: {}", end.log)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(cause: Option<ShutdownCause>, status: Option<i32>) -> End<'static> {
        End {
            cause,
            status: status.map(ExitStatus::from_raw),
            killed: false,
            helper_failed: false,
            log: "",
        }
    }

    #[test]
    fn what_qemu_said_counts_first() {
        let reason = |cause| exit_reason(&end(Some(cause), Some(9)));
        assert_eq!(reason(ShutdownCause::GuestShutdown), ExitReason::PoweredOff);
        assert_eq!(reason(ShutdownCause::GuestReset), ExitReason::Rebooted);
        assert_eq!(reason(ShutdownCause::HostSignal), ExitReason::Terminated);
    }

    #[test]
    fn a_kill_of_ours_is_no_failure_and_anothers_is() {
        let killed = End {
            killed: true,
            ..end(None, Some(9))
        };
        assert_eq!(exit_reason(&killed), ExitReason::Terminated);
        let reason = exit_reason(&end(None, Some(9)));
        assert!(matches!(reason, ExitReason::Failed(what) if what.contains("signal 9")));
    }

    #[test]
    fn a_failure_shows_the_end_of_the_log() {
        let failed = End {
            log: "qemu: out of memory",
            ..end(None, Some(1 << 8))
        };
        let reason = exit_reason(&failed);
        assert!(matches!(reason, ExitReason::Failed(what) if what.ends_with("out of memory")));
    }

    #[test]
    fn an_adopted_machine_may_end_without_a_word() {
        assert!(matches!(
            exit_reason(&end(None, None)),
            ExitReason::Failed(_)
        ));
    }

    #[test]
    fn a_failed_helper_is_told() {
        let failed = End {
            helper_failed: true,
            ..end(None, Some(9))
        };
        let reason = exit_reason(&failed);
        assert!(matches!(reason, ExitReason::Failed(what) if what.contains("vsock")));
    }
}
