//! A clean end with a deadline.

use std::time::Duration;

use banger_vmm::Machine;
use nix::sys::signal::Signal;

use crate::{guest::request, operation::Reporter};

/// How long a guest may take to shut down. systemd's own limit for a service is 90 s; a VM
/// for development is not worth that wait. OpenRC's scripts take 25 s of an emulated processor
/// that is shared with others.
const DEADLINE: Duration = Duration::from_secs(60);

/// Asks the guest to power off and waits; a guest that does not is ended by force. The
/// machine's end comes to the actor by itself.
pub async fn power_off(machine: &dyn Machine, reporter: &Reporter) {
    reporter.stage("shutting down");
    let clean = async {
        if let Err(error) = request::shutdown(&machine.channel()).await {
            // A guest that powers off may well drop the connection before its answer.
            tracing::debug!(%error, "the guest's answer to the shutdown");
        }
        machine.wait().await
    };
    if tokio::time::timeout(DEADLINE, clean).await.is_err() {
        reporter.note(format!(
            "the guest did not shut down within {} s and was ended by force",
            DEADLINE.as_secs()
        ));
        if let Err(error) = machine.signal(Signal::SIGKILL as i32) {
            tracing::warn!(%error, "the machine was not killed");
        }
    }
}
