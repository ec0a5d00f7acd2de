//! From a name to a directory of the tree.
//!
//! Symbolic links on the way are followed as if the image were the root directory, as
//! unpacking in a chroot would: an absolute target starts at the image's root, `..` at the
//! root stays there. Nothing outside the image is ever looked at. Directories that are
//! missing come into being.

use super::error::{WriteError, lossy};
use super::inode::{Inode, Target};
use super::tree::{FileType, NodeId, ROOT};
use super::{ImageWriter, Result};

/// As the kernel's limit (path_resolution(7)).
const SYMLINKS_MAX: u32 = 40;

impl ImageWriter<'_> {
    /// The directory that `components` name, made where it is missing.
    pub(super) fn directory(&mut self, components: &[&[u8]]) -> Result<NodeId> {
        let mut at = ROOT;
        for (index, name) in components.iter().enumerate() {
            match self.tree.child(at, name) {
                Some(id) if self.tree.node(id).file_type == FileType::Directory => at = id,
                Some(id) if self.tree.node(id).file_type == FileType::Symlink => {
                    return self.directory_through_symlink(at, &components[index..]);
                }
                Some(_) => return Err(WriteError::NotADirectory(lossy(name))),
                None => at = self.imply_directory(at, name)?,
            }
        }
        Ok(at)
    }

    fn directory_through_symlink(&mut self, start: NodeId, rest: &[&[u8]]) -> Result<NodeId> {
        let mut pending: Vec<Vec<u8>> = rest.iter().rev().map(|name| name.to_vec()).collect();
        let mut at = start;
        let mut followed = 0;
        while let Some(name) = pending.pop() {
            match name.as_slice() {
                b"" | b"." => continue,
                b".." => {
                    at = self.tree.parent(at);
                    continue;
                }
                _ => {}
            }
            match self.tree.child(at, &name) {
                Some(id) if self.tree.node(id).file_type == FileType::Directory => at = id,
                Some(id) if self.tree.node(id).file_type == FileType::Symlink => {
                    followed += 1;
                    if followed > SYMLINKS_MAX {
                        return Err(WriteError::TooManySymlinks(SYMLINKS_MAX));
                    }
                    let target = self.symlink_target(self.tree.node(id).ino)?;
                    if target.first() == Some(&b'/') {
                        at = ROOT;
                    }
                    pending.extend(target.rsplit(|&byte| byte == b'/').map(<[u8]>::to_vec));
                }
                Some(_) => return Err(WriteError::NotADirectory(lossy(&name))),
                None => at = self.imply_directory(at, &name)?,
            }
        }
        Ok(at)
    }

    fn symlink_target(&mut self, ino: u32) -> Result<Vec<u8>> {
        let inode = Inode::from_raw(self.fs.read_inode(ino).map_err(|e| self.library(e))?);
        match inode.target() {
            Target::Inline(target) => Ok(target),
            Target::Block { block, len } => {
                let data = self.fs.read_block(block).map_err(|e| self.library(e))?;
                Ok(data[..len].to_vec())
            }
        }
    }
}
