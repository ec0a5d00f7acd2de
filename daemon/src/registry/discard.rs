//! The end of a VM that nobody is to use any more.

use banger_api::{ErrorCode, OperationState};

use crate::vm::VmHandle;

/// Deletes a VM in whatever state it is; one that is just being made or stopped a little
/// later. Returns when it is gone, or cannot be deleted.
pub async fn discard(vm: VmHandle) {
    let mut watch = vm.watch();
    loop {
        watch.mark_unchanged();
        match vm.delete(true).await {
            Ok(mut operation) => {
                let ended = |state: OperationState| state != OperationState::Running;
                let _ = operation.wait_for(|now| ended(now.state)).await;
                return;
            }
            Err(problem) if problem.code == ErrorCode::VmWrongState => {}
            Err(_) => return,
        }
        if watch.changed().await.is_err() {
            return;
        }
    }
}
