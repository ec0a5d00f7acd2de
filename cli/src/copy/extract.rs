//! A guest's archive into a directory that nothing leads out of.
//!
//! The guest may be hostile. What it sends is written through a capability for one
//! directory (cap-std): no name and no link, whether it came with the archive or was there
//! before, takes a write elsewhere. For a directory that is the copy itself, not the one it
//! is put into. Members are made anew, never opened; set-id bits and devices are not taken.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::{self, Read},
    os::{fd::AsFd, unix::ffi::OsStrExt},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use cap_std::fs::{Dir, DirBuilder, OpenOptions, OpenOptionsExt, PermissionsExt};
use nix::sys::{
    stat::{UtimensatFlags, utimensat},
    time::TimeSpec,
};
use tar::{Archive, Entry, EntryType};

use super::{
    CopyError,
    destination::{Bound, Destination, write_error},
    member::member_name,
};
use crate::archive::attributes;

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extracted {
    /// Files, directories and links.
    pub entries: u64,
    /// Bytes of contents.
    pub bytes: u64,
    /// What does not travel: devices and pipes.
    pub left_out: Vec<String>,
}

/// Unpacks all of it.
///
/// # Errors
/// When the archive is damaged or hostile, does not fit the destination, or the system
/// refuses. Members before it stay.
pub fn extract(stream: impl Read, destination: &Destination) -> Result<Extracted, CopyError> {
    let mut archive = Archive::new(stream);
    let mut members = archive.entries().map_err(CopyError::Damaged)?;
    let Some(first) = members.next() else {
        let text = "it is empty";
        return Err(CopyError::Damaged(io::Error::new(
            io::ErrorKind::InvalidData,
            text,
        )));
    };
    let mut first = first.map_err(CopyError::Damaged)?;
    let root = member_name(&first.path_bytes())?.root;
    let is_directory = first.header().entry_type() == EntryType::Directory;
    let bound = destination.open(&root, is_directory)?;
    let mut extraction = Extraction::within(bound, root);
    extraction.member(&mut first)?;
    drop(first);
    for member in members {
        extraction.member(&mut member.map_err(CopyError::Damaged)?)?;
    }
    extraction.finish_directories()?;
    // What follows the end mark has to come, too: a stream that breaks off is not complete.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(CopyError::Damaged)?;
    Ok(extraction.done)
}

struct Extraction {
    directory: Dir,
    /// The first component of every member.
    root: OsString,
    /// What the only member is to be called, where it is no directory.
    file_name: Option<PathBuf>,
    /// Whether the directory was there and only gets contents.
    keeps_attributes: bool,
    /// Directories, whose modes may forbid to write and whose times change with members.
    later: Vec<(PathBuf, u32, u64)>,
    done: Extracted,
}

impl Extraction {
    fn within(bound: Bound, root: OsString) -> Self {
        Self {
            directory: bound.directory,
            root,
            file_name: bound.file_name,
            keeps_attributes: bound.keeps_attributes,
            later: Vec::new(),
            done: Extracted::default(),
        }
    }

    fn member<R: Read>(&mut self, entry: &mut Entry<'_, R>) -> Result<(), CopyError> {
        let name = entry.path_bytes().into_owned();
        let path = self.place(&name)?;
        let header = entry.header();
        let mode = header.mode().map_err(CopyError::Damaged)? & 0o1777;
        let time = header.mtime().map_err(CopyError::Damaged)?;
        let kind = header.entry_type();
        let failed = |error| write_error(&path, error);
        let lossy = || String::from_utf8_lossy(&name).into_owned();
        match kind {
            EntryType::Regular | EntryType::Continuous => {
                self.file(entry, &path, mode, time)?;
            }
            EntryType::Directory => {
                let mut builder = DirBuilder::new();
                builder.recursive(true);
                if !path.as_os_str().is_empty() {
                    self.directory
                        .create_dir_with(&path, &builder)
                        .map_err(failed)?;
                } else if self.keeps_attributes {
                    return Ok(());
                }
                self.later.push((path, mode, time));
            }
            EntryType::Symlink => {
                let target = link_target(entry)?;
                self.make_way(&path).map_err(failed)?;
                self.directory
                    .symlink_contents(OsStr::from_bytes(&target), &path)
                    .map_err(failed)?;
            }
            EntryType::Link => {
                let target = self.place(&link_target(entry)?)?;
                if target != path {
                    self.make_way(&path).map_err(failed)?;
                    self.directory
                        .hard_link(&target, &self.directory, &path)
                        .map_err(failed)?;
                }
            }
            EntryType::Fifo | EntryType::Char | EntryType::Block => {
                self.done.left_out.push(lossy());
                return Ok(());
            }
            // Headers that belong to the next member; the reader has applied them.
            EntryType::XGlobalHeader => return Ok(()),
            EntryType::GNUSparse => {
                return Err(CopyError::BadKind {
                    name: lossy(),
                    kind: "sparse file",
                });
            }
            _ => {
                return Err(CopyError::BadKind {
                    name: lossy(),
                    kind: "member of an unknown kind",
                });
            }
        }
        self.done.entries += 1;
        Ok(())
    }

    /// Where a member goes, in the directory that bounds everything.
    fn place(&self, name: &[u8]) -> Result<PathBuf, CopyError> {
        let member = member_name(name)?;
        if member.root != self.root {
            return Err(CopyError::LeadsOut {
                name: String::from_utf8_lossy(name).into_owned(),
            });
        }
        match &self.file_name {
            None => Ok(member.rest),
            Some(file_name) if member.rest.as_os_str().is_empty() => Ok(file_name.clone()),
            Some(_) => Err(CopyError::LeadsOut {
                name: String::from_utf8_lossy(name).into_owned(),
            }),
        }
    }

    fn file<R: Read>(
        &mut self,
        entry: &mut Entry<'_, R>,
        path: &Path,
        mode: u32,
        time: u64,
    ) -> Result<(), CopyError> {
        let failed = |error| write_error(path, error);
        self.has_room(entry.size(), path)?;
        self.make_way(path).map_err(failed)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let file = self.directory.open_with(path, &options).map_err(failed)?;
        let mut file = file.into_std();
        self.done.bytes += copy_contents(entry, &mut file, path)?;
        attributes::set(&file, entry).map_err(failed)?;
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        file.set_permissions(permissions).map_err(failed)?;
        file.set_modified(system_time(time)).map_err(failed)
    }

    fn has_room(&self, size: u64, path: &Path) -> Result<(), CopyError> {
        let disk = nix::sys::statvfs::fstatvfs(self.directory.as_fd());
        let disk = disk.map_err(|error| write_error(path, error.into()))?;
        let available = disk.blocks_available().saturating_mul(disk.fragment_size());
        if size > available {
            return Err(CopyError::TooLarge {
                name: path.display().to_string(),
                size,
                available,
            });
        }
        Ok(())
    }

    /// Makes a member's parents, and removes what lies in its place.
    fn make_way(&self, path: &Path) -> io::Result<()> {
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        if let Some(parent) = parent {
            self.directory.create_dir_all(parent)?;
        }
        match self.directory.remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// The deepest first: a parent's mode may shut its children away.
    fn finish_directories(&mut self) -> Result<(), CopyError> {
        while let Some((path, mode, time)) = self.later.pop() {
            let failed = |error| write_error(&path, error);
            let name = if path.as_os_str().is_empty() {
                Path::new(".")
            } else {
                &path
            };
            let directory = self.directory.open_dir(name).map_err(failed)?;
            let permissions = cap_std::fs::Permissions::from_mode(mode);
            let set = directory.set_permissions(".", permissions);
            set.map_err(failed)?;
            // By name: the directory is open for nothing but names.
            let time = TimeSpec::new(i64::try_from(time).unwrap_or(i64::MAX), 0);
            let set = utimensat(
                &directory,
                ".",
                &time,
                &time,
                UtimensatFlags::NoFollowSymlink,
            );
            set.map_err(|error| failed(error.into()))?;
        }
        Ok(())
    }
}

/// A stream that fails is told from a disk that does.
fn copy_contents(from: &mut impl Read, to: &mut fs::File, path: &Path) -> Result<u64, CopyError> {
    let mut room = vec![0; 64 * 1024];
    let mut copied = 0;
    loop {
        let length = match from.read(&mut room) {
            Ok(0) => return Ok(copied),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(CopyError::Damaged(error)),
        };
        let piece = room.get(..length).unwrap_or_default();
        io::Write::write_all(to, piece).map_err(|error| write_error(path, error))?;
        copied += length as u64;
    }
}

fn link_target<R: Read>(entry: &Entry<'_, R>) -> Result<Vec<u8>, CopyError> {
    let target = entry.link_name_bytes().map(std::borrow::Cow::into_owned);
    target.ok_or_else(|| {
        let text = "a link has no target";
        CopyError::Damaged(io::Error::new(io::ErrorKind::InvalidData, text))
    })
}

fn system_time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
#[path = "extract_tests.rs"]
mod tests;
