//! An image's files as a tar stream: the way back of [`crate::write_tar`].
//!
//! Owners, modes, times, links, devices and extended attributes are those of the image, and
//! the same image gives the same bytes. Directories come before what is in them, their
//! entries by name; of a file with several names the first is the file, the others are links
//! to it. Sockets stay out: no tar has them.
//!
//! - `inode.rs`     pure: an inode's fields
//! - `directory.rs` pure: a directory's names
//! - `data.rs`      a file's data, holes included
//! - `member.rs`    from an inode to a member of the archive
//! - `error.rs`     why an image cannot be packed

mod data;
mod directory;
mod error;
mod inode;
mod member;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use error::PackError;

use crate::sys::Filesystem;
use data::Extents;
use inode::{FileKind, Inode};
use member::Members;

/// The root directory's inode: fixed in every ext4.
const ROOT_INODE: u32 = 2;
/// The deepest tree: twice what a path of PATH_MAX can name.
const DEPTH_MAX: usize = 4096;

/// What became of an image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Packed {
    /// Members of the archive.
    pub entries: u64,
    /// Sockets, which stayed out.
    pub sockets: u64,
}

/// Packs the image at `image`, which nobody may write meanwhile. `cancel` is looked at
/// between members and during long files.
///
/// # Errors
/// See [`PackError`]; what was written until then is no complete archive.
pub fn pack_tar(image: &Path, out: impl Write, cancel: &AtomicBool) -> Result<Packed, PackError> {
    let at = |source| PackError::Image {
        path: image.to_owned(),
        source,
    };
    let mut packing = Packing {
        file: Arc::new(File::open(image).map_err(at)?),
        fs: Filesystem::open_read_only(image)?,
        members: Members::new(out),
        seen: HashMap::new(),
        packed: Packed::default(),
        cancel,
    };
    packing.member(ROOT_INODE, b"", 0)?;
    packing.members.finish()?;
    Ok(packing.packed)
}

struct Packing<'a, W: Write> {
    fs: Filesystem,
    file: Arc<File>,
    members: Members<W>,
    /// Inodes with several names: the first.
    seen: HashMap<u32, Vec<u8>>,
    packed: Packed,
    cancel: &'a AtomicBool,
}

impl<W: Write> Packing<'_, W> {
    fn member(&mut self, ino: u32, path: &[u8], depth: usize) -> Result<(), PackError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(PackError::Cancelled);
        }
        let damaged = |problem| PackError::damaged(path, problem);
        let inode = Inode::new(self.fs.read_inode(ino)?);
        let kind = inode
            .kind()
            .ok_or_else(|| damaged("it is of no known kind"))?;
        if kind == FileKind::Socket {
            self.packed.sockets += 1;
            return Ok(());
        }
        if is_whiteout(path) {
            return Err(PackError::Whiteout(String::from_utf8_lossy(path).into()));
        }
        self.packed.entries += 1;
        if kind != FileKind::Directory && inode.links() > 1 {
            if let Some(first) = self.seen.get(&ino) {
                return self.members.hard_link(&inode, path, first);
            }
            self.seen.insert(ino, path.to_owned());
        }
        let xattrs = self.fs.xattrs(ino)?;
        let extents = match kind {
            FileKind::Directory | FileKind::File | FileKind::Symlink => {
                self.extents(ino, &inode, path)?
            }
            _ => Extents::default(),
        };
        match kind {
            FileKind::Directory => {
                self.members.plain(&inode, kind, path, &xattrs)?;
                self.children(path, &extents, depth)
            }
            FileKind::File => {
                let data = extents.reader(Arc::clone(&self.file), self.cancel);
                self.members.file(&inode, path, &xattrs, &extents, data)
            }
            FileKind::Symlink => {
                let target = match inode.inline_target() {
                    Some(target) => target,
                    None => self.read(&extents, path)?,
                };
                self.members.symlink(&inode, path, &xattrs, &target)
            }
            FileKind::CharDevice | FileKind::BlockDevice | FileKind::Fifo => {
                self.members.plain(&inode, kind, path, &xattrs)
            }
            FileKind::Socket => Ok(()),
        }
    }

    fn children(&mut self, path: &[u8], extents: &Extents, depth: usize) -> Result<(), PackError> {
        if depth > DEPTH_MAX {
            return Err(PackError::damaged(path, "its directories are too deep"));
        }
        let blocks = self.read(extents, path)?;
        let names = directory::names(&blocks);
        let mut names =
            names.ok_or_else(|| PackError::damaged(path, "the directory is damaged"))?;
        names.sort_unstable();
        for (name, ino) in names {
            let mut child = path.to_owned();
            if !child.is_empty() {
                child.push(b'/');
            }
            child.extend_from_slice(&name);
            self.member(ino, &child, depth + 1)?;
        }
        Ok(())
    }

    fn extents(&mut self, ino: u32, inode: &Inode, path: &[u8]) -> Result<Extents, PackError> {
        if inode.size() == 0 || inode.inline_target().is_some() {
            return Ok(Extents::default());
        }
        if !inode.has_extents() {
            return Err(PackError::damaged(path, "its data is not in extents"));
        }
        let extents = self.fs.extents(ino)?;
        let extents = Extents::new(&extents, inode.size());
        extents.ok_or_else(|| PackError::damaged(path, "its extents overlap"))
    }

    /// All of something small.
    fn read(&self, extents: &Extents, path: &[u8]) -> Result<Vec<u8>, PackError> {
        /// More than a directory of all of an image's names takes.
        const SMALL_MAX: u64 = 1 << 30;
        if extents.size() > SMALL_MAX {
            return Err(PackError::damaged(path, "it is too long"));
        }
        let mut bytes = Vec::new();
        let mut reader = extents.reader(Arc::clone(&self.file), self.cancel);
        std::io::Read::read_to_end(&mut reader, &mut bytes).map_err(PackError::Read)?;
        Ok(bytes)
    }
}

/// Whether a layer could not have a file of that name: it would take another away (image
/// specification 1.1, layer.md, "Whiteouts").
fn is_whiteout(path: &[u8]) -> bool {
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
    name.starts_with(b".wh.")
}
