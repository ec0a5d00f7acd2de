//! A tar on disk that has no name there, so that nothing is left of it, and a list of what is in
//! it.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufReader, Read},
    os::unix::fs::FileExt,
    sync::Arc,
};

use banger_dockerfile::Member;
use banger_ext4::{
    archive::Archive,
    entry::{Entry, Kind, Xattr},
};

/// The most files and directories that a tree may have.
const MOST: usize = 2_000_000;
/// The most that extended attributes may have in all, in bytes.
const ATTRIBUTES: usize = 64 << 20;

/// Files, directories and links.
#[derive(Clone, Debug)]
pub struct Tree {
    file: Arc<File>,
    members: Arc<Vec<Member>>,
    found: Arc<Vec<Found>>,
}

/// A member, beyond its name.
#[derive(Clone, Debug)]
pub struct Found {
    /// What it is.
    pub kind: FoundKind,
    /// Its permissions.
    pub mode: u32,
    /// When it was changed, in seconds since 1970.
    pub modified: u64,
    /// User and group.
    pub owner: (u32, u32),
    /// Extended attributes, such as capabilities.
    pub attributes: Vec<(String, Vec<u8>)>,
}

/// What a member is.
#[derive(Clone, Debug)]
pub enum FoundKind {
    /// A directory.
    Directory,
    /// A file.
    File {
        /// Where its content lies in the tar.
        offset: u64,
        /// In bytes.
        size: u64,
    },
    /// A symbolic link and its target.
    Link(Vec<u8>),
}

impl Tree {
    /// Reads the list of a tar. Blocks.
    ///
    /// # Errors
    /// What is damaged or hostile in it, or cannot be copied.
    pub fn read(file: File) -> Result<Self, String> {
        let mut found: BTreeMap<Vec<u8>, Found> = BTreeMap::new();
        let mut archive = Archive::new(BufReader::new(&file)).without_end_mark();
        let damaged = |error| format!("the archive is damaged: {error}");
        let mut attributes = 0;
        while let Some(entry) = archive.next_entry().map_err(damaged)? {
            let Some(path) = clean(&entry.path)? else {
                continue;
            };
            if let Some(member) = member(entry, archive.offset(), &found)? {
                let sizes = member.attributes.iter().map(|(_, value)| value.len());
                attributes += sizes.sum::<usize>();
                found.insert(path, member);
            }
            if found.len() > MOST || attributes > ATTRIBUTES {
                return Err(format!(
                    "there are more than {MOST} files, or too many attributes"
                ));
            }
        }
        let paths: Vec<Vec<u8>> = found.keys().cloned().collect();
        for path in paths {
            for (at, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
                found.entry(path[..at].to_vec()).or_insert(Found {
                    kind: FoundKind::Directory,
                    mode: 0o755,
                    modified: 0,
                    owner: (0, 0),
                    attributes: Vec::new(),
                });
            }
        }
        let (paths, found): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let member = |(path, found): (Vec<u8>, &Found)| Member {
            path,
            is_directory: matches!(found.kind, FoundKind::Directory),
        };
        let members = paths.into_iter().zip(&found).map(member).collect();
        Ok(Self {
            file: Arc::new(file),
            members: Arc::new(members),
            found: Arc::new(found),
        })
    }

    /// All members, by path.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// A member by its index.
    pub fn found(&self, index: usize) -> Option<&Found> {
        self.found.get(index)
    }

    /// The member of that path.
    pub fn at(&self, path: &[u8]) -> Option<&Found> {
        let found = self
            .members
            .binary_search_by(|member| member.path.as_slice().cmp(path));
        self.found(found.ok()?)
    }

    /// The tar.
    pub fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }
}

/// A part of the tar.
pub struct Content<'a> {
    file: &'a File,
    offset: u64,
    left: u64,
}

impl<'a> Content<'a> {
    /// That part.
    pub fn new(file: &'a File, offset: u64, size: u64) -> Self {
        Self {
            file,
            offset,
            left: size,
        }
    }
}

impl Read for Content<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(room.len());
        let read = self
            .file
            .read_at(room.get_mut(..most).unwrap_or_default(), self.offset)?;
        if read == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.offset += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

/// A member whose content begins at `offset`; none of what is not copied.
fn member(
    entry: Entry,
    offset: u64,
    before: &BTreeMap<Vec<u8>, Found>,
) -> Result<Option<Found>, String> {
    let name = String::from_utf8_lossy(&entry.path);
    let kind = match entry.kind {
        Kind::Directory => FoundKind::Directory,
        Kind::File(data) if data.data_len() == data.size => FoundKind::File {
            offset,
            size: data.size,
        },
        Kind::File(_) => {
            return Err(format!("{name} is stored sparse: pack without --sparse"));
        }
        Kind::Symlink { target } => FoundKind::Link(target),
        // Another name of a file that came before.
        Kind::HardLink { target } => {
            let of = clean(&target)?;
            match of.and_then(|of| before.get(&of)) {
                Some(found) => found.kind.clone(),
                None => return Err(format!("{name} is a hard link to nothing")),
            }
        }
        // Pipes and devices are no files that are copied.
        Kind::CharDevice(_) | Kind::BlockDevice(_) | Kind::Fifo | Kind::Socket => return Ok(None),
    };
    let attribute = |of: Xattr| Some((String::from_utf8(of.name).ok()?, of.value));
    Ok(Some(Found {
        kind,
        mode: u32::from(entry.metadata.mode),
        modified: u64::try_from(entry.metadata.mtime.seconds).unwrap_or(0),
        owner: (entry.metadata.uid, entry.metadata.gid),
        attributes: entry.xattrs.into_iter().filter_map(attribute).collect(),
    }))
}

/// A path without `.` and empty parts; nothing for the tree itself.
///
/// # Errors
/// When it leads out.
pub fn clean(path: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let mut parts = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                let name = String::from_utf8_lossy(path);
                return Err(format!("{name} leads out of it"));
            }
            part => parts.push(part),
        }
    }
    Ok((!parts.is_empty()).then(|| parts.join(&b'/')))
}
