//! What blocks, on a thread for that.

use super::Outcome;
use crate::blobs::{BlobError, BlobWriter};

/// Runs what works on a writer, and gives the writer back.
pub(super) async fn on_disk(
    mut writer: BlobWriter,
    work: impl FnOnce(&mut BlobWriter) -> Result<(), BlobError> + Send + 'static,
) -> Outcome {
    let task = tokio::task::spawn_blocking(move || {
        let result = work(&mut writer);
        (writer, result)
    });
    let (writer, result) = joined(task).await;
    (writer, result.map_err(Into::into))
}

/// Runs what blocks on a thread for that.
pub(in crate::registry) async fn blocking<T: Send + 'static, E: Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    joined(tokio::task::spawn_blocking(work)).await
}

/// What a blocking task gave. Where it gave nothing, it panicked, and the panic goes on where
/// it would have without the thread; or the runtime ends, and nobody waits any more.
pub(super) async fn joined<T>(task: tokio::task::JoinHandle<T>) -> T {
    match task.await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(value) => value,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(_)) => std::future::pending().await,
    }
}
