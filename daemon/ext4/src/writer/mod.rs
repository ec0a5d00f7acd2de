//! Entries into a new ext4 image, one after the other, in any order.
//!
//! Inodes and data go to the image as they come. Names stay in memory until the end, when
//! every directory is written in one piece: so a later entry can replace an earlier one, and
//! a parent may come after its children. What was replaced keeps its blocks until then.
//!
//! - `options.rs`   what the image is to be like, and the summary
//! - `error.rs`     why an entry cannot be taken
//! - `tree.rs`      the names
//! - `resolve.rs`   from a name to a directory of the tree, through symbolic links
//! - `names.rs`     names given, replaced, taken away; hard links
//! - `node.rs`      what is behind a name: inode, link target, device, xattrs
//! - `file.rs`      regular files; `layout.rs` their runs of blocks, `data.rs` the gathering writer
//! - `inode.rs`     inodes, byte by byte
//! - `directory.rs` directory blocks, byte by byte
//! - `xattr.rs`     which extended attributes are kept
//! - `finish.rs`    directories, the root, closing

mod data;
mod directory;
mod error;
mod file;
mod finish;
mod inode;
mod layout;
mod names;
mod node;
mod options;
mod resolve;
mod tree;
mod xattr;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::entry::{Entry, Kind, Metadata, Timestamp, Xattr};
use crate::path;
use crate::sys::{BLOCK_SIZE, Filesystem, LibraryError};

pub use error::WriteError;
pub use options::{Options, Summary};

use data::DataStream;
use inode::Inode;
use tree::{FileType, Tree};

pub(crate) type Result<T> = std::result::Result<T, WriteError>;

/// The root directory's inode: fixed in every ext4.
const ROOT_INODE: u32 = 2;
/// Where mke2fs puts lost+found, which an image does not need.
const LOST_AND_FOUND_INODE: u32 = 11;

/// An image that takes entries.
pub struct ImageWriter<'a> {
    fs: Filesystem,
    data: DataStream,
    tree: Tree,
    /// The root directory's attributes, for the end.
    root: (Metadata, Vec<Xattr>),
    /// Inodes without a name, and whether they were directories.
    dead: Vec<(u32, bool)>,
    /// Where the next data goes.
    next_block: u64,
    implied: Metadata,
    max_entries: u64,
    max_name_bytes: u64,
    max_file_size: u64,
    summary: Summary,
    cancel: &'a AtomicBool,
}

impl<'a> ImageWriter<'a> {
    /// Opens an image that has just been formatted (see [`crate::format`]) and is empty.
    /// `cancel` is looked at between entries and during long files.
    ///
    /// # Errors
    /// When it cannot be opened or is no ext4.
    pub fn open(image: &Path, options: &Options, cancel: &'a AtomicBool) -> Result<Self> {
        let mut fs =
            Filesystem::open(image, options.timestamp.max(1)).map_err(WriteError::Library)?;
        fs.free_inode(LOST_AND_FOUND_INODE, true)
            .and_then(|()| fs.truncate(ROOT_INODE))
            .map_err(WriteError::Library)?;
        let file = File::options()
            .write(true)
            .open(image)
            .map_err(WriteError::image)?;
        let implied = Metadata {
            mode: 0o755,
            uid: 0,
            gid: 0,
            mtime: Timestamp {
                seconds: i64::from(options.timestamp),
                nanoseconds: 0,
            },
        };
        Ok(Self {
            fs,
            data: DataStream::new(file),
            tree: Tree::new(ROOT_INODE),
            root: (implied, Vec::new()),
            dead: Vec::new(),
            next_block: 0,
            implied,
            max_entries: options.max_entries,
            max_name_bytes: options.max_name_bytes,
            max_file_size: options.max_file_size.unwrap_or(options.capacity),
            summary: Summary::default(),
            cancel,
        })
    }

    /// Takes an entry, and the data of a regular file from `data`.
    ///
    /// # Errors
    /// See [`WriteError`]; the image is then useless.
    pub fn add<R: Read + ?Sized>(&mut self, entry: &Entry, data: &mut R) -> Result<()> {
        self.stop_if_cancelled()?;
        self.summary.entries += 1;
        self.check_entries()?;
        let components = path::components(&entry.path)?;
        let Some((name, parents)) = components.split_last() else {
            return self.set_root(entry);
        };
        let parent = self.directory(parents)?;
        let existing = self.tree.child(parent, name);
        match (&entry.kind, existing) {
            (Kind::HardLink { target }, _) => self.hard_link(parent, name, existing, target),
            (Kind::Directory, Some(id)) if self.tree.node(id).file_type == FileType::Directory => {
                // Its children stay, its attributes are the new ones.
                let (ino, file_type) = self.write_node(entry, data)?;
                self.summary.replaced += 1;
                self.dead.push((self.tree.node(id).ino, true));
                self.tree.renumber(id, ino);
                debug_assert_eq!(file_type, FileType::Directory);
                Ok(())
            }
            _ => {
                let (ino, file_type) = self.write_node(entry, data)?;
                self.name(parent, name, existing, ino, file_type)
            }
        }
    }

    /// Entries taken so far.
    pub fn entries(&self) -> u64 {
        self.summary.entries
    }

    fn set_root(&mut self, entry: &Entry) -> Result<()> {
        if entry.kind != Kind::Directory {
            return Err(WriteError::ReplacesRoot);
        }
        let metadata = xattr::with_acl_mode(&entry.metadata, &entry.xattrs);
        self.root = (metadata, entry.xattrs.clone());
        Ok(())
    }

    fn check_entries(&self) -> Result<()> {
        let count = self.summary.entries + self.summary.implied_directories;
        match count > self.max_entries {
            true => Err(WriteError::TooManyEntries(self.max_entries)),
            false => Ok(()),
        }
    }

    fn stop_if_cancelled(&self) -> Result<()> {
        match self.cancel.load(Ordering::Relaxed) {
            true => Err(WriteError::Cancelled),
            false => Ok(()),
        }
    }

    fn new_inode(&mut self, directory: bool) -> Result<u32> {
        self.fs
            .allocate_inode(directory)
            .map_err(|e| self.library(e))
    }

    fn read_inode(&mut self, ino: u32) -> Result<Inode> {
        let raw = self.fs.read_inode(ino).map_err(|e| self.library(e))?;
        Ok(Inode::from_raw(raw))
    }

    fn write_inode(&mut self, ino: u32, inode: Inode) -> Result<()> {
        self.fs
            .write_inode(ino, &mut inode.into_raw())
            .map_err(|e| self.library(e))
    }

    /// Adds what a caller needs to act upon the library's word.
    fn library(&self, error: LibraryError) -> WriteError {
        match error {
            LibraryError::NoBlocks => WriteError::NoSpace {
                needed: BLOCK_SIZE as u64,
                free: self.fs.free_blocks() * BLOCK_SIZE as u64,
                capacity: self.fs.blocks() * BLOCK_SIZE as u64,
            },
            LibraryError::NoInodes => WriteError::NoInodes {
                limit: self.fs.inodes(),
            },
            LibraryError::Os { source, .. } => WriteError::image(source),
            error => WriteError::Library(error),
        }
    }
}
