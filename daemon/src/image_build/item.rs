//! What is sent into a build's VM.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Write},
    os::unix::ffi::OsStrExt,
    path::Path,
    sync::Arc,
};

use banger_agent_protocol::{attributes::to_record, files::PutFiles};
use banger_api::{ErrorCode, Problem};
use banger_vmm::GuestChannel;
use tar::{Builder, EntryType, Header};
use tokio_util::io::{ReaderStream, SyncIoBridge};

use super::tree::{Content, Found, FoundKind};
use crate::{
    error,
    guest::files::{self, PutError},
};

/// How much waits between the reader of the files and the guest, in bytes.
const PIPE: usize = 256 << 10;

/// A file, directory or link that is sent.
pub struct Item {
    /// Its name beneath the directory.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: ItemKind,
    /// Its permissions.
    pub mode: u32,
    /// When it was changed, in seconds since 1970.
    pub modified: u64,
    /// User and group.
    pub owner: (u32, u32),
    /// Extended attributes.
    pub attributes: Vec<(String, Vec<u8>)>,
}

/// What an item is.
pub enum ItemKind {
    /// A directory.
    Directory,
    /// A symbolic link and its target.
    Link(Vec<u8>),
    /// A file with this in it.
    Text(Vec<u8>),
    /// A file whose content is a part of another.
    Part {
        /// That one.
        file: Arc<File>,
        /// Where the part begins.
        offset: u64,
        /// In bytes.
        size: u64,
    },
}

impl Item {
    /// A new file.
    pub fn text(name: Vec<u8>, content: Vec<u8>, mode: u32) -> Self {
        Self::new(name, ItemKind::Text(content), mode)
    }

    /// A new directory.
    pub fn directory(name: Vec<u8>, mode: u32) -> Self {
        Self::new(name, ItemKind::Directory, mode)
    }

    /// A member of a tree, as it is there.
    pub fn found(name: Vec<u8>, found: &Found, file: &Arc<File>) -> Self {
        let kind = match &found.kind {
            FoundKind::Directory => ItemKind::Directory,
            FoundKind::Link(target) => ItemKind::Link(target.clone()),
            FoundKind::File { offset, size } => ItemKind::Part {
                file: Arc::clone(file),
                offset: *offset,
                size: *size,
            },
        };
        Self {
            name,
            kind,
            mode: found.mode,
            modified: found.modified,
            owner: found.owner,
            attributes: found.attributes.clone(),
        }
    }

    /// Something new, which belongs to root.
    pub fn new(name: Vec<u8>, kind: ItemKind, mode: u32) -> Self {
        Self {
            name,
            kind,
            mode,
            modified: now(),
            owner: (0, 0),
            attributes: Vec::new(),
        }
    }
}

/// Writes items beneath a directory, which is made where it is missing.
pub async fn send(
    channel: &GuestChannel,
    directory: &str,
    items: Vec<Item>,
) -> Result<(), Problem> {
    let (reader, writer) = tokio::io::duplex(PIPE);
    let mut writer = SyncIoBridge::new(writer);
    let packing = tokio::task::spawn_blocking(move || {
        let packed = pack(&items, &mut writer);
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
            let detail = format!("what is copied cannot be read: {source}");
            Err(Problem::new(ErrorCode::Internal, detail))
        }
    }
}

fn pack(items: &[Item], writer: &mut impl Write) -> io::Result<()> {
    let mut builder = Builder::new(writer);
    for item in items {
        let name = Path::new(OsStr::from_bytes(&item.name));
        if !item.attributes.is_empty() {
            let attributes = item.attributes.iter();
            let records: Vec<_> = attributes
                .map(|(name, value)| to_record(name, value))
                .collect();
            let records = records.iter();
            let records = records.map(|(key, value)| (key.as_str(), value.as_slice()));
            builder.append_pax_extensions(records)?;
        }
        let mut header = Header::new_gnu();
        header.set_mode(item.mode);
        header.set_uid(item.owner.0.into());
        header.set_gid(item.owner.1.into());
        header.set_mtime(item.modified);
        header.set_size(0);
        match &item.kind {
            ItemKind::Directory => {
                header.set_entry_type(EntryType::Directory);
                builder.append_data(&mut header, name, io::empty())?;
            }
            ItemKind::Link(target) => {
                header.set_entry_type(EntryType::Symlink);
                builder.append_link(&mut header, name, OsStr::from_bytes(target))?;
            }
            ItemKind::Text(text) => {
                header.set_entry_type(EntryType::Regular);
                header.set_size(text.len() as u64);
                builder.append_data(&mut header, name, text.as_slice())?;
            }
            ItemKind::Part { file, offset, size } => {
                header.set_entry_type(EntryType::Regular);
                header.set_size(*size);
                let content = Content::new(file, *offset, *size);
                builder.append_data(&mut header, name, content)?;
            }
        }
    }
    builder.into_inner()?.flush()
}

fn now() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use super::*;
    use crate::image_build::tree::Tree;

    fn tree(tar: &[u8]) -> Result<Tree, String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(tar).unwrap();
        file.rewind().unwrap();
        Tree::read(file)
    }

    fn told(tree: &Tree) -> Vec<String> {
        let members = tree.members().iter().enumerate();
        let told = members.map(|(index, member)| {
            let found = tree.found(index).unwrap();
            let name = String::from_utf8_lossy(&member.path);
            let kind = match &found.kind {
                FoundKind::Directory => "directory".to_owned(),
                FoundKind::Link(target) => String::from_utf8_lossy(target).into_owned(),
                FoundKind::File { offset, size } => {
                    let file = tree.file();
                    let mut content = Content::new(&file, *offset, *size);
                    io::read_to_string(&mut content).unwrap()
                }
            };
            let (mode, owner, attributes) = (found.mode, found.owner, &found.attributes);
            format!("{name} {kind} {mode:o} {owner:?} {attributes:?}")
        });
        told.collect()
    }

    #[test]
    fn what_is_taken_of_a_guest_is_sent_on_as_it_is() {
        let long = [b"d/".as_slice(), &[b'n'; 200]].concat();
        let items = [
            Item::directory(b"d".to_vec(), 0o1777),
            Item {
                owner: (7, 3_000_000),
                // A line's end among them.
                attributes: vec![("security.capability".into(), vec![1, 0, 10, 255])],
                modified: 5,
                ..Item::text(long, b"text\n".to_vec(), 0o4711)
            },
            Item::new(b"l".to_vec(), ItemKind::Link(b"../d/x".to_vec()), 0o777),
        ];
        let mut tar = Vec::new();
        pack(&items, &mut tar).unwrap();
        let first = tree(&tar).unwrap();
        let said = told(&first);
        assert_eq!(said[0], "d directory 1777 (0, 0) []");
        assert!(
            said[1]
                .contains("text\n 4711 (7, 3000000) [(\"security.capability\", [1, 0, 10, 255])]")
        );
        assert_eq!(said[2], "l ../d/x 777 (0, 0) []");
        let file = first.file();
        let members = first.members().iter().enumerate();
        let again: Vec<Item> = members
            .map(|(index, member)| {
                Item::found(member.path.clone(), first.found(index).unwrap(), &file)
            })
            .collect();
        let mut tar = Vec::new();
        pack(&again, &mut tar).unwrap();
        assert_eq!(told(&tree(&tar).unwrap()), said);
    }

    proptest::proptest! {
        #[test]
        fn damaged_archives_are_read_or_refused(at in 0..3072_usize, byte: u8, end in 0..3072_usize) {
            let items = [
                Item::directory(b"d".to_vec(), 0o755),
                Item::text(b"d/f".to_vec(), b"text\n".to_vec(), 0o644),
                Item::new(b"l".to_vec(), ItemKind::Link(b"d/f".to_vec()), 0o777),
            ];
            let mut tar = Vec::new();
            pack(&items, &mut tar).unwrap();
            if let Some(place) = tar.get_mut(at) {
                *place = byte;
            }
            let _ = tree(&tar);
            tar.truncate(end);
            let _ = tree(&tar);
        }
    }
}
