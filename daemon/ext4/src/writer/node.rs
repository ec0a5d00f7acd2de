//! An entry's inode, with everything that hangs on it but its name.

use std::io::Read;

use crate::entry::{Device, Entry, Kind, Metadata, Xattr};
use crate::sys::BLOCK_SIZE;

use super::error::{WriteError, lossy};
use super::inode::{FAST_SYMLINK_MAX, Inode};
use super::layout::Run;
use super::tree::FileType;
use super::{ImageWriter, Result, xattr};

impl ImageWriter<'_> {
    /// Writes everything of an entry but its name.
    pub(super) fn write_node<R: Read + ?Sized>(
        &mut self,
        entry: &Entry,
        data: &mut R,
    ) -> Result<(u32, FileType)> {
        let metadata = &xattr::with_acl_mode(&entry.metadata, &entry.xattrs);
        let (ino, file_type) = match &entry.kind {
            Kind::File(layout) => (self.write_file(metadata, layout, data)?, FileType::File),
            Kind::Symlink { target } => (self.write_symlink(metadata, target)?, FileType::Symlink),
            Kind::Directory => self.write_plain(FileType::Directory, metadata, None)?,
            Kind::Fifo => self.write_plain(FileType::Fifo, metadata, None)?,
            Kind::Socket => self.write_plain(FileType::Socket, metadata, None)?,
            Kind::HardLink { target } => return Err(WriteError::LinkTargetMissing(lossy(target))),
            Kind::CharDevice(device) => {
                self.write_plain(FileType::CharDevice, metadata, Some(*device))?
            }
            Kind::BlockDevice(device) => {
                self.write_plain(FileType::BlockDevice, metadata, Some(*device))?
            }
        };
        self.write_xattrs(ino, &entry.xattrs)?;
        Ok((ino, file_type))
    }

    pub(super) fn write_plain(
        &mut self,
        file_type: FileType,
        metadata: &Metadata,
        device: Option<Device>,
    ) -> Result<(u32, FileType)> {
        let mut inode = Inode::new(file_type, metadata);
        if let Some(Device { major, minor }) = device {
            if major > 0xfff || minor > 0xf_ffff {
                return Err(WriteError::DeviceNumber { major, minor });
            }
            inode.set_device(Device { major, minor });
        }
        let ino = self.new_inode(file_type == FileType::Directory)?;
        self.write_inode(ino, inode)?;
        Ok((ino, file_type))
    }

    pub(super) fn write_symlink(&mut self, metadata: &Metadata, target: &[u8]) -> Result<u32> {
        if target.is_empty() || target.len() >= BLOCK_SIZE {
            return Err(WriteError::TargetLength(target.len()));
        }
        if target.contains(&0) {
            return Err(WriteError::TargetNul);
        }
        let mut inode = Inode::new(FileType::Symlink, metadata);
        let ino = self.new_inode(false)?;
        if target.len() <= FAST_SYMLINK_MAX {
            inode.set_fast_target(target);
            self.write_inode(ino, inode)?;
            return Ok(ino);
        }
        let extents = self.allocate(&[Run { first: 0, len: 1 }])?;
        let mut block = [0; BLOCK_SIZE];
        block[..target.len()].copy_from_slice(target);
        inode.set_size(target.len() as u64);
        inode.add_blocks(1);
        for extent in &extents {
            self.fs
                .write_block(extent.physical, &block)
                .map_err(|e| self.library(e))?;
        }
        self.write_mapped(ino, inode, &extents)?;
        Ok(ino)
    }

    pub(super) fn write_xattrs(&mut self, ino: u32, xattrs: &[Xattr]) -> Result<()> {
        if xattrs.is_empty() {
            return Ok(());
        }
        let kept: Vec<&Xattr> = xattrs.iter().filter(|x| xattr::is_storable(x)).collect();
        self.summary.dropped_xattrs += (xattrs.len() - kept.len()) as u64;
        let pairs = kept.iter().map(|x| (x.name.as_slice(), x.value.as_slice()));
        self.fs.set_xattrs(ino, pairs).map_err(|e| self.library(e))
    }
}
