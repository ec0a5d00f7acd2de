//! What is sent, an item each.

use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::ArchiveError;

/// One item of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the archive.
    pub name: PathBuf,
    /// What it is.
    pub kind: EntryKind,
    /// Its permissions. Set-id bits do not travel: there, all may belong to root.
    pub mode: u32,
    /// Its owner's and group's numbers.
    pub owner: (u32, u32),
    /// When it was changed, in seconds since 1970.
    pub modified: i64,
    /// What happens when it is removed before it is read.
    pub if_gone: IfGone,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A file of this host.
    File {
        /// Where.
        source: PathBuf,
        /// In bytes, when it was listed.
        size: u64,
    },
    /// A symbolic link and its target.
    Link(PathBuf),
    /// A file that is written for the guest.
    Made(Vec<u8>),
}

/// What happens when an item is removed after it was listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfGone {
    /// It is left out.
    LeaveOut,
    /// The rest would be worthless without it.
    Fail,
}

impl Entry {
    /// What lies at `source`, under its name in the archive. Nothing for what does not
    /// travel: sockets, devices, pipes.
    ///
    /// # Errors
    /// When a link cannot be read.
    pub fn of(source: &Path, of: &Metadata, name: PathBuf) -> Result<Option<Self>, ArchiveError> {
        let kind = if of.is_dir() {
            EntryKind::Directory
        } else if of.is_symlink() {
            let target = fs::read_link(source);
            EntryKind::Link(target.map_err(|error| ArchiveError::read(source, error))?)
        } else if of.is_file() {
            EntryKind::File {
                source: source.to_owned(),
                size: of.len(),
            }
        } else {
            return Ok(None);
        };
        Ok(Some(Self {
            name,
            kind,
            mode: of.mode() & 0o1777,
            owner: (of.uid(), of.gid()),
            modified: of.mtime(),
            if_gone: IfGone::LeaveOut,
        }))
    }

    /// Bytes of contents, when it was listed.
    pub fn size(&self) -> u64 {
        match &self.kind {
            EntryKind::Directory | EntryKind::Link(_) => 0,
            EntryKind::File { size, .. } => *size,
            EntryKind::Made(text) => text.len() as u64,
        }
    }

    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        matches!(self.kind, EntryKind::Directory)
    }
}

/// What lies at a path, itself and not what a link points to; nothing where nothing does.
///
/// # Errors
/// When the system does not tell.
pub fn look(path: &Path) -> Result<Option<Metadata>, ArchiveError> {
    match path.symlink_metadata() {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if is_absence(&error) => Ok(None),
        Err(error) => Err(ArchiveError::read(path, error)),
    }
}

/// Whether nothing is there, or no directory on the way.
pub fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
