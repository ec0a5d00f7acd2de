//! VMs that are there for this client only.

use futures_util::StreamExt;
use tokio::task::JoinHandle;

use crate::{Client, ClientError};

/// A VM that the daemon deletes when this is dropped, or this process ends however it does.
#[derive(Debug)]
pub struct Hold(JoinHandle<()>);

impl Client {
    /// Holds a VM: the daemon deletes it when the hold is dropped.
    ///
    /// # Errors
    /// The daemon's problem, as where there is no such VM.
    pub async fn hold(&self, vm: &str) -> Result<Hold, ClientError> {
        let stream = self.api().hold_vm().vm(vm).send().await?.into_inner();
        let mut stream = stream.into_inner();
        // It is read so that the comments that keep it open do not pile up.
        Ok(Hold(tokio::spawn(async move {
            while stream.next().await.is_some_and(|piece| piece.is_ok()) {}
        })))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.abort();
    }
}
