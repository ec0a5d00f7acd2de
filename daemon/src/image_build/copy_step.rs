//! Files into a build's VM.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Write},
    os::unix::ffi::OsStrExt,
    path::Path,
    sync::Arc,
};

use banger_agent_protocol::files::PutFiles;
use banger_api::{ErrorCode, Problem};
use banger_dockerfile::{Action, select};
use banger_ext4::decompress;
use banger_vmm::GuestChannel;
use tar::{Builder, EntryType, Header};
use tokio_util::io::{ReaderStream, SyncIoBridge};

use super::{
    Context,
    context::{Content, Found, FoundKind},
    guest_path::{self, Found as There},
    owner,
};
use crate::{
    error,
    guest::files::{self, PutError},
};

/// How much waits between the reader of the context and the guest, in bytes.
const PIPE: usize = 256 << 10;

/// A file that is written.
pub struct NewFile {
    /// Its name beneath the directory.
    pub name: Vec<u8>,
    /// What is in it.
    pub content: Vec<u8>,
    /// Its permissions.
    pub mode: u32,
    /// User and group.
    pub owner: (u32, u32),
}

/// A member of what is sent.
struct Item {
    name: Vec<u8>,
    found: Found,
    owner: (u32, u32),
    /// The content where it is not the context's.
    text: Option<Vec<u8>>,
}

/// Makes a directory, with its parents, unless it is there.
pub async fn make_directory(channel: &GuestChannel, path: &str) -> Result<(), Problem> {
    write(channel, path, Vec::new()).await
}

/// Writes files into a directory, which is made where it is missing.
pub async fn write(
    channel: &GuestChannel,
    directory: &str,
    files: Vec<NewFile>,
) -> Result<(), Problem> {
    let items = files.into_iter().map(|file| Item {
        name: file.name,
        found: Found {
            kind: FoundKind::File {
                offset: 0,
                size: file.content.len() as u64,
            },
            mode: file.mode,
            modified: now(),
        },
        owner: file.owner,
        text: Some(file.content),
    });
    send(channel, directory, items.collect(), None).await
}

/// Does a COPY.
pub async fn copy(
    channel: &GuestChannel,
    context: &Context,
    action: Action,
) -> Result<(), Problem> {
    let Action::Copy {
        adds,
        sources,
        documents,
        destination,
        owner,
        mode,
    } = action
    else {
        return Ok(());
    };
    let refused = |detail: String| Problem::new(ErrorCode::BadDockerfile, detail);
    let chosen = {
        let context = context.clone();
        let choosing = tokio::task::spawn_blocking(move || {
            let chosen = select(context.members(), &context.ignore, &sources)?;
            match archive_among(&context, &chosen.items).filter(|_| adds) {
                Some(name) => Err(format!(
                    "ADD of the archive {name}, which would unpack it, is not supported: use \
                         COPY, and RUN tar"
                )),
                None => Ok(chosen),
            }
        });
        choosing.await.map_err(error::aborted)?.map_err(refused)?
    };
    let owner = match owner {
        Some(owner) => {
            let passwd = guest_path::read(channel, "/etc/passwd")
                .await?
                .unwrap_or_default();
            let group = guest_path::read(channel, "/etc/group")
                .await?
                .unwrap_or_default();
            owner::resolve(&owner, &passwd, &group).map_err(refused)?
        }
        None => (0, 0),
    };
    let of_context = chosen.items.iter().filter_map(|(index, name)| {
        let mut found = context.found(*index)?.clone();
        found.mode = mode.unwrap_or(found.mode);
        Some(Item {
            name: name.clone(),
            found,
            owner,
            text: None,
        })
    });
    let written = documents.iter().map(|(name, text)| Item {
        name: name.clone().into_bytes(),
        found: Found {
            kind: FoundKind::File {
                offset: 0,
                size: text.len() as u64,
            },
            mode: mode.unwrap_or(0o644),
            modified: now(),
        },
        owner,
        text: Some(text.clone().into_bytes()),
    });
    let mut items: Vec<Item> = of_context.chain(written).collect();
    let named = chosen.named + documents.len();
    let is_one_file = named == 1 && (chosen.is_one_file || documents.len() == 1);
    let path = destination.trim_end_matches('/');
    let is_directory = destination.ends_with('/');
    if named > 1 && !is_directory {
        let detail = format!("{destination} gets several files: let it end with /");
        return Err(refused(detail));
    }
    let there = match path {
        "" => There::Directory,
        path => guest_path::look(channel, path).await?,
    };
    let (parent, base) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = if parent.is_empty() { "/" } else { parent };
    let directory = match there {
        There::Directory if path.is_empty() => "/",
        There::Directory => path,
        There::Nothing | There::Other if is_one_file && !is_directory => {
            for item in &mut items {
                item.name = base.as_bytes().to_vec();
            }
            parent
        }
        There::Other => return Err(refused(format!("{path} is no directory"))),
        // It is made with the rest, so that it gets its owner.
        There::Nothing => {
            for item in &mut items {
                item.name = [base.as_bytes(), b"/", &item.name].concat();
            }
            let new = Found {
                kind: FoundKind::Directory,
                mode: mode.unwrap_or(0o755),
                modified: now(),
            };
            let item = Item {
                name: base.as_bytes().to_vec(),
                found: new,
                owner,
                text: None,
            };
            items.insert(0, item);
            parent
        }
    };
    send(channel, directory, items, Some(context.file())).await
}

async fn send(
    channel: &GuestChannel,
    directory: &str,
    items: Vec<Item>,
    context: Option<Arc<File>>,
) -> Result<(), Problem> {
    let (reader, writer) = tokio::io::duplex(PIPE);
    let mut writer = SyncIoBridge::new(writer);
    let packing = tokio::task::spawn_blocking(move || {
        let packed = pack(&items, context.as_deref(), &mut writer);
        packed.and_then(|()| writer.shutdown())
    });
    let put = PutFiles {
        directory: directory.to_owned(),
        keep_owners: true,
    };
    let sent = files::put(channel, put, ReaderStream::new(reader)).await;
    match sent {
        Ok(_) => Ok(()),
        Err(PutError::Guest(source)) => Err(error::guest(&source)),
        Err(PutError::Upload(source)) => {
            let source = packing
                .await
                .map_err(error::aborted)?
                .err()
                .unwrap_or(source);
            let detail = format!("the context cannot be read: {source}");
            Err(Problem::new(ErrorCode::Internal, detail))
        }
    }
}

fn pack(items: &[Item], context: Option<&File>, writer: &mut impl Write) -> io::Result<()> {
    let mut builder = Builder::new(writer);
    for item in items {
        let name = Path::new(OsStr::from_bytes(&item.name));
        let found = &item.found;
        let mut header = Header::new_gnu();
        header.set_mode(found.mode);
        header.set_uid(item.owner.0.into());
        header.set_gid(item.owner.1.into());
        header.set_mtime(found.modified);
        header.set_size(0);
        match &found.kind {
            FoundKind::Directory => {
                header.set_entry_type(EntryType::Directory);
                builder.append_data(&mut header, name, io::empty())?;
            }
            FoundKind::Link(target) => {
                header.set_entry_type(EntryType::Symlink);
                builder.append_link(&mut header, name, OsStr::from_bytes(target))?;
            }
            FoundKind::File { offset, size } => {
                header.set_entry_type(EntryType::Regular);
                header.set_size(*size);
                match (&item.text, context) {
                    (Some(text), _) => builder.append_data(&mut header, name, text.as_slice())?,
                    (None, Some(file)) => {
                        let content = Content::new(file, *offset, *size);
                        builder.append_data(&mut header, name, content)?;
                    }
                    (None, None) => {}
                }
            }
        }
    }
    builder.into_inner()?.flush()
}

/// The first of the chosen files that ADD would unpack. Blocks.
fn archive_among(context: &Context, items: &[(usize, Vec<u8>)]) -> Option<String> {
    let file = context.file();
    let is_archive = |(index, _): &&(usize, Vec<u8>)| {
        let Some(FoundKind::File { offset, size }) = context.found(*index).map(|found| &found.kind)
        else {
            return false;
        };
        let mut head = Vec::new();
        let mut content = Content::new(&file, *offset, (*size).min(512));
        if io::Read::read_to_end(&mut content, &mut head).is_err() {
            return false;
        }
        let is_packed = !matches!(decompress::detect(&head), Ok(decompress::Compression::None));
        // POSIX.1-1988 ustar: the magic at 257.
        is_packed || head.get(257..262) == Some(b"ustar")
    };
    let found = items.iter().find(is_archive);
    found.map(|(_, name)| String::from_utf8_lossy(name).into_owned())
}

fn now() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or(0)
}
