//! From an inode to a member of the archive.
//!
//! What a header has no room for stands in PAX records before it: extended attributes,
//! fractions of seconds, times before 1970, maps of holes (POSIX.1-2017 pax, "pax Header
//! Block"; `SCHILY.xattr.` as star has it). Long names are GNU's.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use tar::{Builder, EntryType, Header};

use crate::entry::{Timestamp, Xattr};

use super::PackError;
use super::data::{Extents, Reader};
use super::inode::{FileKind, Inode};

/// Files with fewer bytes of holes are written with zeros: layers ought not to have sparse
/// files (image specification 1.1, layer.md), and packed zeros are small. Beyond it, reading
/// them again would take too long.
const HOLES_MAX: u64 = 256 << 20;
const BLOCK: usize = 512;

type Xattrs = [Xattr];

/// Writes members.
pub struct Members<W: Write> {
    tar: Builder<W>,
}

impl<W: Write> Members<W> {
    pub fn new(out: W) -> Self {
        Self {
            tar: Builder::new(out),
        }
    }

    /// Ends the archive.
    pub fn finish(&mut self) -> Result<(), PackError> {
        self.tar.finish().map_err(PackError::Write)?;
        self.tar.get_mut().flush().map_err(PackError::Write)
    }

    /// A member without data: a directory, a device, a pipe.
    pub fn plain(
        &mut self,
        inode: &Inode,
        kind: FileKind,
        path: &[u8],
        xattrs: &Xattrs,
    ) -> Result<(), PackError> {
        let mut header = header(inode);
        let mut name = path.to_owned();
        match kind {
            FileKind::Directory => {
                header.set_entry_type(EntryType::Directory);
                // The root is `./`.
                name.extend_from_slice(if path.is_empty() { b"./" } else { b"/" });
            }
            FileKind::CharDevice => header.set_entry_type(EntryType::Char),
            FileKind::BlockDevice => header.set_entry_type(EntryType::Block),
            _ => header.set_entry_type(EntryType::Fifo),
        }
        if matches!(kind, FileKind::CharDevice | FileKind::BlockDevice) {
            let device = inode.device();
            let set = header.set_device_major(device.major);
            set.and_then(|()| header.set_device_minor(device.minor))
                .map_err(PackError::Write)?;
        }
        self.records(inode, xattrs, Vec::new())?;
        self.append(&mut header, &name, io::empty())
    }

    /// A file, with `data` of the whole of it.
    pub fn file(
        &mut self,
        inode: &Inode,
        path: &[u8],
        xattrs: &Xattrs,
        extents: &Extents,
        data: Reader<'_>,
    ) -> Result<(), PackError> {
        let mut header = header(inode);
        header.set_entry_type(EntryType::Regular);
        if extents.size() - extents.data_len() <= HOLES_MAX {
            header.set_size(extents.size());
            self.records(inode, xattrs, Vec::new())?;
            return self.append(&mut header, path, data);
        }
        // GNU tar's manual, "PAX Format, Version 1.0": the map stands before the data.
        let map = sparse_map(extents);
        header.set_size(map.len() as u64 + extents.data_len());
        let sparse = vec![
            ("GNU.sparse.major".to_owned(), b"1".to_vec()),
            ("GNU.sparse.minor".to_owned(), b"0".to_vec()),
            ("GNU.sparse.name".to_owned(), path.to_vec()),
            (
                "GNU.sparse.realsize".to_owned(),
                extents.size().to_string().into_bytes(),
            ),
        ];
        self.records(inode, xattrs, sparse)?;
        let data = map.as_slice().chain(data.without_holes());
        self.append(&mut header, path, data)
    }

    /// A symbolic link.
    pub fn symlink(
        &mut self,
        inode: &Inode,
        path: &[u8],
        xattrs: &Xattrs,
        target: &[u8],
    ) -> Result<(), PackError> {
        self.records(inode, xattrs, Vec::new())?;
        self.link(inode, EntryType::Symlink, path, target)
    }

    /// One more name of a member.
    pub fn hard_link(&mut self, inode: &Inode, path: &[u8], first: &[u8]) -> Result<(), PackError> {
        self.link(inode, EntryType::Link, path, first)
    }

    fn link(
        &mut self,
        inode: &Inode,
        kind: EntryType,
        path: &[u8],
        target: &[u8],
    ) -> Result<(), PackError> {
        let mut header = header(inode);
        header.set_entry_type(kind);
        // As they are: the crate would take the doubled slashes out of a target.
        if header.set_link_name_literal(target).is_ok() {
            return self.append(&mut header, path, io::empty());
        }
        self.tar
            .append_link(&mut header, as_path(path), as_path(target))
            .map_err(PackError::Write)
    }

    fn append(
        &mut self,
        header: &mut Header,
        path: &[u8],
        data: impl Read,
    ) -> Result<(), PackError> {
        self.tar
            .append_data(header, as_path(path), data)
            .map_err(PackError::Write)
    }

    fn records(
        &mut self,
        inode: &Inode,
        xattrs: &Xattrs,
        mut records: Vec<(String, Vec<u8>)>,
    ) -> Result<(), PackError> {
        let time = inode.mtime();
        if time.nanoseconds != 0 || time.seconds < 0 {
            records.push(("mtime".to_owned(), decimal(time).into_bytes()));
        }
        for Xattr { name, value } in xattrs {
            // A key ends at its first equals sign; and the crate takes text only.
            if let Ok(name) = std::str::from_utf8(name)
                && !name.contains('=')
            {
                records.push((format!("SCHILY.xattr.{name}"), as_kernel_gives(name, value)));
            }
        }
        if records.is_empty() {
            return Ok(());
        }
        let records = records
            .iter()
            .map(|(key, value)| (key.as_str(), &value[..]));
        self.tar
            .append_pax_extensions(records)
            .map_err(PackError::Write)
    }
}

/// An access control list's entries that are of no user and no group have the number -1
/// (`linux/posix_acl_xattr.h`); libext2fs leaves a 0 there.
fn as_kernel_gives(name: &str, value: &[u8]) -> Vec<u8> {
    const HEAD: usize = 4;
    const ENTRY: usize = 8;
    const NAMED: [u8; 2] = [0x02, 0x08];
    let mut value = value.to_vec();
    if name.starts_with("system.posix_acl_") && value.len() > HEAD {
        for entry in value[HEAD..].chunks_exact_mut(ENTRY) {
            if !NAMED.contains(&entry[0]) {
                entry[4..].fill(0xff);
            }
        }
    }
    value
}

fn as_path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

fn header(inode: &Inode) -> Header {
    let mut header = Header::new_gnu();
    header.set_mode(inode.mode());
    header.set_uid(inode.uid().into());
    header.set_gid(inode.gid().into());
    header.set_size(0);
    // What is before 1970 stands in a record.
    header.set_mtime(u64::try_from(inode.mtime().seconds).unwrap_or(0));
    header
}

/// Seconds since 1970 with their fraction: `-0.25` is a quarter of a second before.
fn decimal(time: Timestamp) -> String {
    let (seconds, nanoseconds) = match (time.seconds, time.nanoseconds) {
        (seconds, 0) => return seconds.to_string(),
        (seconds, nanoseconds) if seconds < 0 => (seconds + 1, 1_000_000_000 - nanoseconds),
        both => both,
    };
    let sign = if time.seconds < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{nanoseconds:09}", seconds.unsigned_abs());
    text.trim_end_matches('0').to_owned()
}

/// The number of segments, then offset and length of each, a line each; filled up to a block.
fn sparse_map(extents: &Extents) -> Vec<u8> {
    let mut map = format!("{}\n", extents.segments().count());
    for segment in extents.segments() {
        map.push_str(&format!("{}\n{}\n", segment.offset, segment.len));
    }
    let mut map = map.into_bytes();
    map.resize(map.len().next_multiple_of(BLOCK), 0);
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_decimal() {
        for (seconds, nanoseconds, text) in [
            (1, 500_000_000, "1.5"),
            (-1, 0, "-1"),
            (-1, 750_000_000, "-0.25"),
            (-2, 750_000_000, "-1.25"),
            (1_700_000_000, 1, "1700000000.000000001"),
        ] {
            let time = Timestamp {
                seconds,
                nanoseconds,
            };
            assert_eq!(decimal(time), text);
        }
    }
}
