//! Names of inodes: given, given anew, and taken away.

use crate::path;

use super::error::{WriteError, lossy};
use super::inode::LINK_MAX;
use super::tree::{FileType, NodeId};
use super::{ImageWriter, Result};

impl ImageWriter<'_> {
    pub(super) fn hard_link(
        &mut self,
        parent: NodeId,
        name: &[u8],
        existing: Option<NodeId>,
        target: &[u8],
    ) -> Result<()> {
        let missing = || WriteError::LinkTargetMissing(lossy(target));
        let components = path::components(target)?;
        let Some((target_name, parents)) = components.split_last() else {
            return Err(WriteError::LinkToDirectory(lossy(target)));
        };
        let directory = self.directory(parents)?;
        let id = self
            .tree
            .child(directory, target_name)
            .ok_or_else(missing)?;
        let node = *self.tree.node(id);
        if node.file_type == FileType::Directory {
            return Err(WriteError::LinkToDirectory(lossy(target)));
        }
        if existing.is_some_and(|id| self.tree.node(id).ino == node.ino) {
            return Ok(());
        }
        let mut inode = self.read_inode(node.ino)?;
        if inode.links() >= LINK_MAX {
            return Err(WriteError::TooManyLinks(LINK_MAX));
        }
        inode.set_links(inode.links() + 1);
        self.write_inode(node.ino, inode)?;
        self.name(parent, name, existing, node.ino, node.file_type)
    }

    /// Gives an inode its name, in place of what had it.
    pub(super) fn name(
        &mut self,
        parent: NodeId,
        name: &[u8],
        existing: Option<NodeId>,
        ino: u32,
        file_type: FileType,
    ) -> Result<()> {
        let Some(id) = existing else {
            self.insert(parent, name, ino, file_type)?;
            return Ok(());
        };
        self.summary.replaced += 1;
        let old = *self.tree.node(id);
        if old.file_type == FileType::Directory {
            let mut orphans = Vec::new();
            self.tree
                .remove_children(id, |node| orphans.push((node.ino, node.file_type)));
            for (ino, file_type) in orphans {
                self.unlink(ino, file_type)?;
            }
        }
        self.tree.replace(id, ino, file_type);
        self.unlink(old.ino, old.file_type)
    }

    /// Takes one name from an inode; without any it is given back at the end.
    pub(super) fn unlink(&mut self, ino: u32, file_type: FileType) -> Result<()> {
        if file_type == FileType::Directory {
            self.dead.push((ino, true));
            return Ok(());
        }
        let mut inode = self.read_inode(ino)?;
        let links = inode.links().saturating_sub(1);
        inode.set_links(links);
        self.write_inode(ino, inode)?;
        if links == 0 {
            self.dead.push((ino, false));
        }
        Ok(())
    }

    pub(super) fn imply_directory(&mut self, parent: NodeId, name: &[u8]) -> Result<NodeId> {
        self.summary.implied_directories += 1;
        self.check_entries()?;
        let implied = self.implied;
        let (ino, file_type) = self.write_plain(FileType::Directory, &implied, None)?;
        self.insert(parent, name, ino, file_type)
    }

    pub(super) fn insert(
        &mut self,
        parent: NodeId,
        name: &[u8],
        ino: u32,
        file_type: FileType,
    ) -> Result<NodeId> {
        if self.tree.name_bytes() + name.len() as u64 > self.max_name_bytes {
            return Err(WriteError::NamesTooLong(self.max_name_bytes));
        }
        self.tree
            .insert(parent, name, ino, file_type)
            .ok_or(WriteError::TooManyEntries(self.max_entries))
    }
}
