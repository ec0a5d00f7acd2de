//! From a VM to this host.

use std::path::Path;

use banger_client::Client;

use super::{CopyError, Extracted, destination::Destination, extract::extract};
use crate::{error::CliError, progress::Progress};

/// Copies a path of a VM to one of this host.
///
/// # Errors
/// When there is nothing to copy, the destination does not fit, the copy fails, or the VM's
/// archive is hostile.
pub async fn receive(
    client: &Client,
    vm: &str,
    source: &str,
    destination: &Path,
    mut progress: Progress,
) -> Result<Extracted, CliError> {
    let destination = Destination::look(destination, source)?;
    let stream = client.get_files(vm, source).await?;
    let mut done = 0;
    let counted = futures_util::StreamExt::inspect(stream, |piece| {
        if let Ok(piece) = piece {
            done += piece.len() as u64;
            progress.bytes("copying", done, None);
        }
    });
    let (feed, worker) = banger_pipe::consume(counted, move |pipe| extract(pipe, &destination));
    let fed = feed.await;
    let extracted = worker
        .await
        .map_err(|error| CopyError::Damaged(error.into()))?;
    match (fed, extracted) {
        // A stream that broke off makes a damaged archive; the cause is the better error.
        (Err(error), Err(CopyError::Damaged(_)) | Ok(_)) => Err(error.into()),
        (_, extracted) => Ok(extracted?),
    }
}
