//! From this host to a VM.

use std::path::{Path, PathBuf};

use banger_api::FilesWritten;
use banger_client::Client;

use super::{
    CopyError, list,
    probe::probe,
    target::{Copied, Found, Landing, landing, means_contents, split, trimmed},
};
use crate::{
    archive::{self, ArchiveError},
    error::CliError,
    progress::Progress,
};

/// Copies a path of this host to one of a VM. Gives what was written, and what was not sent
/// because it cannot be: sockets, devices, pipes.
///
/// # Errors
/// When there is nothing to copy, the destination does not fit, or the copy fails.
pub async fn send(
    client: &Client,
    source: &Path,
    vm: &str,
    destination: &str,
    keep_owners: bool,
    mut progress: Progress,
) -> Result<(FilesWritten, Vec<PathBuf>), CliError> {
    let found = probe(client, vm, destination).await?;
    let (directory, name) = target(source, destination, found)?;
    // The agent would make it; a mistyped path is not to become one.
    let parent = match (found, split(destination)) {
        (Found::Nothing, Some((parent, _))) => probe(client, vm, parent).await?,
        (Found::Nothing | Found::Directory | Found::Other, _) => Found::Directory,
    };
    if parent == Found::Nothing {
        let (parent, _) = split(destination).unwrap_or_default();
        return Err(CopyError::NoParent(parent.to_owned()).into());
    }
    let (entries, left_out) = list::list(source, &name).map_err(CopyError::from)?;
    let total = entries.iter().map(archive::Entry::size).sum();
    let (report, mut reports) = tokio::sync::watch::channel(0);
    let (stream, worker) = banger_pipe::produce(move |pipe| {
        let sent = |bytes| report.send_modify(|done| *done += bytes);
        archive::write(&entries, pipe, sent)
    });
    let sending = client.put_files(vm, &directory, keep_owners, stream);
    let mut sending = std::pin::pin!(sending);
    let written = loop {
        tokio::select! {
            written = &mut sending => break written,
            Ok(()) = reports.changed() => {
                let done = *reports.borrow_and_update();
                progress.bytes("copying", done, Some(total));
            }
        }
    };
    drop(progress);
    let error = match written {
        Ok(written) => return Ok((written, left_out)),
        Err(error) => error,
    };
    // The reading side knows best why, unless nobody took what it read.
    match banger_pipe::reason(worker).await {
        Some(reason @ (ArchiveError::Read { .. } | ArchiveError::Gone(_))) => {
            Err(CopyError::from(reason).into())
        }
        Some(ArchiveError::Send(_)) | None => Err(error.into()),
    }
}

/// The guest's directory that the archive is unpacked in, and what its members are named
/// from.
fn target(source: &Path, destination: &str, found: Found) -> Result<(String, PathBuf), CliError> {
    let of = source
        .symlink_metadata()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => CopyError::NoSource(source.to_owned()),
            _ => CopyError::from(archive::ArchiveError::read(source, error)),
        })?;
    let copied = if means_contents(&source.to_string_lossy()) {
        Copied::Contents
    } else if of.is_dir() {
        Copied::Directory
    } else {
        Copied::File
    };
    let full;
    let name = match source.file_name() {
        Some(name) => name,
        // Such as `..`: its real name is meant.
        None => {
            full = source
                .canonicalize()
                .map_err(|error| archive::ArchiveError::read(source, error))
                .map_err(CopyError::from)?;
            full.file_name().unwrap_or_default()
        }
    };
    let trimmed = trimmed(destination).to_owned();
    match landing(copied, name, destination, found)? {
        Landing::Contents => Ok((trimmed, PathBuf::new())),
        Landing::Into(name) => Ok((trimmed, PathBuf::from(name))),
        Landing::As => match split(destination) {
            Some((parent, name)) => Ok((parent.to_owned(), PathBuf::from(name))),
            None => Ok((trimmed, PathBuf::new())),
        },
    }
}
