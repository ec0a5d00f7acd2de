//! What lies at a path of a guest, found without any program of the guest: by the archive that
//! its agent makes of it.

use std::io::{Cursor, Read};

use banger_agent_protocol::request::AgentErrorCode;
use banger_api::Problem;
use banger_vmm::GuestChannel;
use futures_util::StreamExt;
use tar::{Archive, EntryType};

use crate::{
    error,
    guest::{GuestError, files},
};

/// The first member's header lies within this many bytes, a long name included.
const HEAD: usize = 16 << 10;
/// The most that is read of a file, in bytes.
const FILE: usize = 1 << 20;

/// What lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A directory, or a link to one.
    Directory,
    /// Anything else.
    Other,
}

/// Looks.
pub async fn look(channel: &GuestChannel, path: &str) -> Result<Found, Problem> {
    Ok(match first(channel, path).await? {
        None => Found::Nothing,
        Some(EntryType::Directory) => Found::Directory,
        Some(EntryType::Symlink) => match first(channel, &format!("{path}/.")).await {
            Ok(Some(EntryType::Directory)) => Found::Directory,
            Ok(_) | Err(_) => Found::Other,
        },
        Some(_) => Found::Other,
    })
}

async fn first(channel: &GuestChannel, path: &str) -> Result<Option<EntryType>, Problem> {
    let Some(head) = beginning(channel, path, HEAD).await? else {
        return Ok(None);
    };
    let mut archive = Archive::new(Cursor::new(head));
    let entries = archive.entries().ok();
    match entries.and_then(|mut entries| entries.next()) {
        Some(Ok(entry)) => Ok(Some(entry.header().entry_type())),
        Some(Err(_)) | None => Err(error::guest(&GuestError::Unexpected)),
    }
}

/// The text of a file; nothing where there is none.
pub async fn read(channel: &GuestChannel, path: &str) -> Result<Option<String>, Problem> {
    let Some(bytes) = beginning(channel, path, FILE).await? else {
        return Ok(None);
    };
    let mut archive = Archive::new(Cursor::new(bytes));
    let mut content = Vec::new();
    if let Ok(mut entries) = archive.entries()
        && let Some(Ok(entry)) = entries.next()
    {
        // What is longer than the limit is cut.
        let _ = entry.take(FILE as u64).read_to_end(&mut content);
    }
    Ok(Some(String::from_utf8_lossy(&content).into_owned()))
}

async fn beginning(
    channel: &GuestChannel,
    path: &str,
    most: usize,
) -> Result<Option<Vec<u8>>, Problem> {
    let mut stream = match files::get(channel, path).await {
        Ok(stream) => Box::pin(stream),
        Err(GuestError::Agent(error)) if error.code == AgentErrorCode::NotFound => return Ok(None),
        Err(error) => return Err(error::guest(&error)),
    };
    let mut bytes = Vec::new();
    while bytes.len() < most {
        match stream.next().await {
            Some(chunk) => bytes.extend_from_slice(&chunk.map_err(|e| error::guest(&e))?),
            None => break,
        }
    }
    Ok(Some(bytes))
}
