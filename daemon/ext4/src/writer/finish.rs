//! The end of an image: directories, what was replaced, and the way to the disk.

use crate::sys::{BLOCK_SIZE, Extent, LibraryError};

use super::directory::{self, Block, Name};
use super::error::WriteError;
use super::file::data_error;
use super::inode::{Inode, LINK_MAX};
use super::layout::Run;
use super::options::Summary;
use super::tree::{FileType, NodeId, ROOT};
use super::{ImageWriter, ROOT_INODE, Result};

impl ImageWriter<'_> {
    /// Writes what was kept until now, closes the image and makes it durable.
    ///
    /// # Errors
    /// When the directories do not fit, or writing fails; the image is then useless.
    pub fn finish(mut self) -> Result<Summary> {
        self.data.flush().map_err(data_error)?;
        for (ino, directory) in std::mem::take(&mut self.dead) {
            self.fs
                .free_inode(ino, directory)
                .map_err(|e| self.library(e))?;
        }
        self.write_root()?;
        let directories: Vec<NodeId> = self.tree.directories().collect();
        for id in directories {
            self.stop_if_cancelled()?;
            self.write_directory(id)?;
        }
        let (xattrs, root) = (std::mem::take(&mut self.root.1), ROOT_INODE);
        self.write_xattrs(root, &xattrs)?;

        let block = BLOCK_SIZE as u64;
        self.summary.capacity = self.fs.blocks() * block;
        self.summary.used_bytes = (self.fs.blocks() - self.fs.free_blocks()) * block;
        self.summary.used_inodes = self.fs.inodes() - u64::from(self.fs.free_inodes());
        let Self {
            fs, data, summary, ..
        } = self;
        fs.close().map_err(|error| match error {
            LibraryError::Os { source, .. } => WriteError::image(source),
            error => WriteError::Library(error),
        })?;
        data.sync().map_err(WriteError::image)?;
        Ok(summary)
    }

    /// The root's inode is where it always was; its attributes were kept aside.
    fn write_root(&mut self) -> Result<()> {
        let inode = Inode::new(FileType::Directory, &self.root.0);
        self.write_inode(ROOT_INODE, inode)
    }

    fn write_directory(&mut self, id: NodeId) -> Result<()> {
        let ino = self.tree.node(id).ino;
        let lens = self
            .tree
            .children(id)
            .map(|child| self.tree.name(child).len());
        // "." and ".." come first.
        let blocks = directory::count_blocks([1, 2].into_iter().chain(lens));
        let extents = self.allocate(&[Run {
            first: 0,
            len: blocks,
        }])?;

        let subdirectories = self
            .tree
            .children(id)
            .filter(|&child| self.tree.node(child).file_type == FileType::Directory)
            .count();
        let raw = self.fs.read_inode(ino).map_err(|e| self.library(e))?;
        let mut inode = Inode::from_raw(raw);
        inode.set_size(blocks * BLOCK_SIZE as u64);
        inode.add_blocks(blocks);
        inode.set_links(match u16::try_from(subdirectories + 2) {
            Ok(links) if links < LINK_MAX => links,
            // DIR_NLINK: 1 means that nobody counts.
            _ => 1,
        });
        self.write_mapped(ino, inode, &extents)?;
        self.write_names(id, &extents)
    }

    fn write_names(&mut self, id: NodeId, extents: &[Extent]) -> Result<()> {
        let ino = self.tree.node(id).ino;
        let parent = match id {
            ROOT => ROOT_INODE,
            id => self.tree.node(self.tree.parent(id)).ino,
        };
        let Self { tree, fs, .. } = self;
        let dots = [(ino, b".".as_slice()), (parent, b"..")]
            .into_iter()
            .map(|(ino, name)| Name {
                ino,
                file_type: FileType::Directory,
                name,
            });
        let children = tree.children(id).map(|child| Name {
            ino: tree.node(child).ino,
            file_type: tree.node(child).file_type,
            name: tree.name(child),
        });
        let mut places = extents
            .iter()
            .flat_map(|extent| extent.physical..extent.physical + u64::from(extent.len));
        let mut block = Block::new();
        let mut write = |block: &mut Block| match places.next() {
            Some(place) => fs
                .write_directory_block(ino, place, block.finish())
                .map_err(WriteError::Library),
            None => Err(WriteError::SparseMap),
        };
        for name in dots.chain(children) {
            if !block.push(name) {
                write(&mut block)?;
                block.clear();
                block.push(name);
            }
        }
        write(&mut block)
    }
}
