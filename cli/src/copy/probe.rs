//! What lies at a guest's path, found without any program of the guest: by the first member
//! of the archive that the agent makes of it.

use banger_api::ErrorCode;
use banger_client::{Client, ClientError};
use futures_util::TryStreamExt;
use tar::{Archive, EntryType};

use super::{
    CopyError,
    target::{Found, trimmed},
};
use crate::error::CliError;

/// The first member's header lies within this many bytes, a long name included.
const ENOUGH: usize = 16 * 1024;

/// Checks that a path of a guest is a directory, as one for an archive has to be.
///
/// # Errors
/// When it is none, or the guest does not answer.
pub async fn check_directory(client: &Client, vm: &str, path: &str) -> Result<(), CliError> {
    match probe(client, vm, path).await? {
        Found::Directory => Ok(()),
        Found::Nothing => Err(CopyError::NoParent(path.to_owned()).into()),
        Found::Other => Err(CopyError::NotADirectory(path.to_owned()).into()),
    }
}

/// Looks at a path of a guest.
///
/// # Errors
/// When the guest does not answer.
pub async fn probe(client: &Client, vm: &str, path: &str) -> Result<Found, ClientError> {
    let path = trimmed(path);
    match first_member(client, vm, path).await? {
        None => Ok(Found::Nothing),
        Some(EntryType::Directory) => Ok(Found::Directory),
        // Whether it leads to a directory: `link/.` is one then.
        Some(EntryType::Symlink) => match first_member(client, vm, &format!("{path}/.")).await {
            Ok(Some(EntryType::Directory)) => Ok(Found::Directory),
            Ok(_) => Ok(Found::Other),
            Err(ClientError::Problem(_)) => Ok(Found::Other),
            Err(error) => Err(error),
        },
        Some(_) => Ok(Found::Other),
    }
}

async fn first_member(
    client: &Client,
    vm: &str,
    path: &str,
) -> Result<Option<EntryType>, ClientError> {
    let mut stream = match client.get_files(vm, path).await {
        Ok(stream) => stream,
        Err(error) if error.code() == Some(ErrorCode::GuestPathNotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut head = Vec::new();
    while head.len() < ENOUGH {
        match stream.try_next().await? {
            Some(bytes) => head.extend_from_slice(&bytes),
            None => break,
        }
    }
    let mut archive = Archive::new(head.as_slice());
    let first = archive
        .entries()
        .ok()
        .and_then(|mut members| members.next());
    match first {
        Some(Ok(member)) => Ok(Some(member.header().entry_type())),
        Some(Err(_)) | None => Err(ClientError::Protocol("a guest's archive".to_owned())),
    }
}
