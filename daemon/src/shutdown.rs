//! An ordered stop with deadlines.

use std::{path::Path, time::Duration};

use banger_api::{Operation, OperationState};

use crate::{operation::Operations, registry::Vms};

/// How long cancelled operations may take to clean up.
const CLEAN_UP: Duration = Duration::from_secs(20);

/// How often is looked whether they have: they end in many places.
const LOOK: Duration = Duration::from_millis(20);

/// Stops all VMs that run, at once.
pub async fn stop_vms(vms: &Vms) {
    let mut watches = Vec::new();
    for handle in vms.list() {
        if let Ok(watch) = handle.stop().await {
            watches.push(watch);
        }
    }
    let ended = |operation: &Operation| operation.state != OperationState::Running;
    for mut watch in watches {
        let _ = watch.wait_for(ended).await;
    }
}

/// Cancels what is half-made and waits until it is gone.
pub async fn cancel_operations(operations: &Operations) {
    operations.cancel_all();
    let ended = async {
        while operations.any_running() {
            tokio::time::sleep(LOOK).await;
        }
    };
    if tokio::time::timeout(CLEAN_UP, ended).await.is_err() {
        tracing::warn!("some operations did not end; the next start cleans up after them");
    }
}

/// Removes the socket, so that nobody waits for an answer on it.
pub fn remove_socket(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::debug!(%error, "the socket was gone already");
    }
}
