//! An archive into a directory.
//!
//! Directories get their modes, owners and times last: their members change the times, and a
//! mode may forbid to write.

use std::{
    borrow::Cow,
    ffi::OsStr,
    fs,
    io::{self, BufReader, Read},
    os::{fd::AsFd, unix::ffi::OsStrExt},
    path::{Path, PathBuf},
};

use banger_agent_protocol::files::{PutFiles, PutFilesDone};
use nix::{
    errno::Errno,
    fcntl::AtFlags,
    sys::{
        stat::{Mode, UtimensatFlags, fchmod, futimens, umask, utimensat},
        statvfs::fstatvfs,
        time::TimeSpec,
    },
    unistd::{fchown, fchownat},
};
use tar::{Archive, Entry, EntryType};

use super::{
    beneath::Beneath,
    error::FilesError,
    member::{LeadsOut, Place, place},
};
use crate::extended_attributes::{self, Attribute};

/// What the archive reader asks for at once, in bytes: headers have 512.
const READ_SIZE: usize = 64 * 1024;

/// What is left to be done for a directory.
struct Later {
    path: PathBuf,
    attributes: Attributes,
    extended: Vec<Attribute>,
}

/// A member's mode, owner and time.
#[derive(Clone, Copy)]
struct Attributes {
    mode: Mode,
    /// User and group, where they are to be kept.
    owner: Option<(u32, u32)>,
    modified: TimeSpec,
}

/// Unpacks a whole stream.
///
/// # Errors
/// When the archive is damaged or hostile, or the system refuses; members before it stay.
pub fn extract(request: &PutFiles, stream: impl Read) -> Result<PutFilesDone, FilesError> {
    let directory = Path::new(&request.directory);
    if !directory.is_absolute() {
        return Err(FilesError::BadPath {
            path: request.directory.clone(),
            wanted: "absolute directory",
        });
    }
    let at = |source| FilesError::System {
        path: directory.to_owned(),
        source,
    };
    fs::create_dir_all(directory).map_err(at)?;
    // Modes are then exact from the start. Commands set a mask of their own.
    umask(Mode::empty());
    let mut extraction = Extraction {
        beneath: Beneath::open(directory).map_err(at)?,
        keep_owners: request.keep_owners,
        later: Vec::new(),
        done: PutFilesDone {
            entries: 0,
            bytes: 0,
        },
    };
    let mut archive = Archive::new(BufReader::with_capacity(READ_SIZE, stream));
    for entry in archive.entries().map_err(FilesError::Damaged)? {
        extraction.member(&mut entry.map_err(FilesError::Damaged)?)?;
        extraction.done.entries += 1;
    }
    extraction.finish_directories()?;
    // What follows the end mark (tar pads to its block size) has to come in, too.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(FilesError::Damaged)?;
    Ok(extraction.done)
}

struct Extraction {
    beneath: Beneath,
    keep_owners: bool,
    later: Vec<Later>,
    done: PutFilesDone,
}

impl Extraction {
    fn member<R: Read>(&mut self, entry: &mut Entry<'_, R>) -> Result<(), FilesError> {
        let name = entry.path_bytes().into_owned();
        let inside = |bytes: &[u8]| {
            place(bytes).map_err(|LeadsOut| FilesError::LeadsOut { name: lossy(bytes) })
        };
        let attributes = self.attributes(entry)?;
        let Some(place) = inside(&name)? else {
            // `./`: the destination itself, whose mode belongs to whoever named it.
            return Ok(());
        };
        let kind = entry.header().entry_type();
        let result = match kind {
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                return self.file(&place, entry, attributes);
            }
            EntryType::Directory => {
                self.later.push(Later {
                    path: place.path(),
                    attributes,
                    extended: extended_attributes::of_member(entry),
                });
                self.beneath.create_directory(&place, Mode::S_IRWXU)
            }
            EntryType::Symlink => {
                let target = link_target(entry, &name)?;
                self.beneath
                    .create_symlink(&place, OsStr::from_bytes(&target))
                    .and_then(|()| self.finish_by_name(&place, attributes))
            }
            EntryType::Link => {
                let target = link_target(entry, &name)?;
                let Some(target) = inside(&target)? else {
                    return Err(FilesError::LeadsOut {
                        name: lossy(&target),
                    });
                };
                self.beneath.create_hard_link(&place, &target)
            }
            EntryType::Fifo => self
                .beneath
                .create_pipe(&place, attributes.mode)
                .and_then(|()| self.finish_by_name(&place, attributes)),
            EntryType::Char | EntryType::Block => {
                return Err(FilesError::BadKind {
                    name: lossy(&name),
                    kind: "device",
                });
            }
            // A comment, such as git's commit id.
            EntryType::XGlobalHeader => Ok(()),
            _ => {
                return Err(FilesError::BadKind {
                    name: lossy(&name),
                    kind: "special member",
                });
            }
        };
        result.map_err(|error| failed_at(&place, error))
    }

    fn file<R: Read>(
        &mut self,
        place: &Place,
        entry: &mut Entry<'_, R>,
        attributes: Attributes,
    ) -> Result<(), FilesError> {
        self.check_room(place, entry.size())?;
        let extended = extended_attributes::of_member(entry);
        let mut file = self
            .beneath
            .create_file(place, attributes.mode)
            .map_err(|error| failed_at(place, error))?;
        let mut copied = 0;
        let mut buffer = [0; 32 * 1024];
        loop {
            let length = entry.read(&mut buffer).map_err(FilesError::Damaged)?;
            let Some(piece) = buffer.get(..length).filter(|piece| !piece.is_empty()) else {
                break;
            };
            io::Write::write_all(&mut file, piece).map_err(|error| failed_at(place, error))?;
            copied += length as u64;
        }
        self.done.bytes += copied;
        let finished = match attributes.owner {
            Some(_) => finish(&file, attributes),
            // It was created with its mode: one call less for each of thousands of files.
            None => futimens(&file, &attributes.modified, &attributes.modified),
        };
        finished
            .map_err(Into::into)
            .and_then(|()| extended_attributes::set(&file, &extended, self.keep_owners))
            .map_err(|error| failed_at(place, error))
    }

    /// A sparse member may claim any size in 512 bytes.
    fn check_room(&self, place: &Place, size: u64) -> Result<(), FilesError> {
        const NOT_WORTH_ASKING: u64 = 1024 * 1024;
        if size < NOT_WORTH_ASKING {
            return Ok(());
        }
        let parent = self.beneath.open_directory(Path::new(""));
        let Some(of) = parent.ok().and_then(|parent| fstatvfs(&parent).ok()) else {
            return Ok(());
        };
        let available = of.blocks_free() * of.fragment_size();
        if size > available {
            let name = place.path().display().to_string();
            return Err(FilesError::TooLarge {
                name,
                size,
                available,
            });
        }
        Ok(())
    }

    /// Members that cannot be opened.
    fn finish_by_name(&mut self, place: &Place, attributes: Attributes) -> io::Result<()> {
        self.beneath.with_parent(place, |parent, name| {
            if let Some((user, group)) = attributes.owner {
                let (user, group) = (Some(user.into()), Some(group.into()));
                fchownat(parent, name, user, group, AtFlags::AT_SYMLINK_NOFOLLOW)?;
            }
            let time = attributes.modified;
            utimensat(parent, name, &time, &time, UtimensatFlags::NoFollowSymlink)
        })
    }

    /// The deepest first: a parent's mode may shut its children away.
    fn finish_directories(&mut self) -> Result<(), FilesError> {
        while let Some(later) = self.later.pop() {
            let Later {
                path,
                attributes,
                extended,
            } = later;
            self.beneath
                .open_directory(&path)
                .and_then(|directory| {
                    finish(&directory, attributes)?;
                    extended_attributes::set(&directory, &extended, self.keep_owners)
                })
                .map_err(|source| FilesError::System { path, source })?;
        }
        Ok(())
    }

    fn attributes<R: Read>(&self, entry: &mut Entry<'_, R>) -> Result<Attributes, FilesError> {
        let header = entry.header();
        let mode = header.mode().map_err(FilesError::Damaged)? & 0o7777;
        let seconds = header.mtime().map_err(FilesError::Damaged)?;
        let owner = if self.keep_owners {
            let (user, group) = (header.uid(), header.gid());
            Some((
                u32::try_from(user.map_err(FilesError::Damaged)?).unwrap_or(u32::MAX - 1),
                u32::try_from(group.map_err(FilesError::Damaged)?).unwrap_or(u32::MAX - 1),
            ))
        } else {
            None
        };
        Ok(Attributes {
            mode: Mode::from_bits_truncate(mode),
            owner,
            modified: exact_time(entry)
                .unwrap_or_else(|| TimeSpec::new(i64::try_from(seconds).unwrap_or(i64::MAX), 0)),
        })
    }
}

/// The time with its fraction of a second, where the archive has it (pax(1): mtime).
fn exact_time<R: Read>(entry: &mut Entry<'_, R>) -> Option<TimeSpec> {
    // Records that are not text, such as extended attributes, are passed over.
    let extensions = entry.pax_extensions().ok()??;
    let time = extensions
        .filter_map(Result::ok)
        .find(|record| record.key() == Ok("mtime"))?;
    time_of(time.value().ok()?)
}

/// A decimal number of seconds, as pax writes it.
fn time_of(text: &str) -> Option<TimeSpec> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let nanoseconds: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    // Before 1970 the fraction counts backwards; nobody needs it there.
    let seconds: i64 = seconds.parse().ok()?;
    let nanoseconds = if seconds < 0 {
        0
    } else {
        nanoseconds.parse().ok()?
    };
    Some(TimeSpec::new(seconds, nanoseconds))
}

/// Owner before mode, because a change of owner clears the set-id bits.
fn finish(file: impl AsFd, attributes: Attributes) -> Result<(), Errno> {
    if let Some((user, group)) = attributes.owner {
        fchown(file.as_fd(), Some(user.into()), Some(group.into()))?;
    }
    fchmod(file.as_fd(), attributes.mode)?;
    futimens(file.as_fd(), &attributes.modified, &attributes.modified)
}

fn link_target<R: Read>(entry: &Entry<'_, R>, name: &[u8]) -> Result<Vec<u8>, FilesError> {
    entry.link_name_bytes().map(Cow::into_owned).ok_or_else(|| {
        let text = format!("the link {:?} has no target", lossy(name));
        FilesError::Damaged(io::Error::new(io::ErrorKind::InvalidData, text))
    })
}

fn failed_at(place: &Place, error: io::Error) -> FilesError {
    match error.raw_os_error() {
        // What openat2 says of a link on the way, and of one that leads out.
        Some(libc::ELOOP | libc::EXDEV) => FilesError::ThroughLink {
            name: place.path().display().to_string(),
        },
        Some(_) | None => FilesError::System {
            path: place.path(),
            source: error,
        },
    }
}

fn lossy(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_their_fraction() {
        assert_eq!(time_of("12.5"), Some(TimeSpec::new(12, 500_000_000)));
        assert_eq!(time_of("12.0000000019"), Some(TimeSpec::new(12, 1)));
        assert_eq!(time_of("12"), Some(TimeSpec::new(12, 0)));
        assert_eq!(time_of("-3.5"), Some(TimeSpec::new(-3, 0)));
        assert_eq!(time_of("soon"), None);
        assert_eq!(time_of("1.x"), None);
    }
}
