//! Pure: an inode's fields. Source: the kernel's Documentation/filesystems/ext4/inodes.rst.

use crate::entry::{Device, Timestamp};
use crate::sys::RawInode;

/// The longest link target that is in the inode itself.
const FAST_SYMLINK_MAX: u64 = 59;
const BLOCK_MAP: usize = 40;
const EXTENTS_FL: u32 = 0x0008_0000;

/// What an inode is: the high four bits of its mode (inode(7)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Fifo,
    CharDevice,
    Directory,
    BlockDevice,
    File,
    Symlink,
    Socket,
}

/// An inode as it lies on the disk.
pub struct Inode {
    raw: RawInode,
}

impl Inode {
    pub fn new(raw: RawInode) -> Self {
        Self { raw }
    }

    /// `None` for what Linux does not know.
    pub fn kind(&self) -> Option<FileKind> {
        Some(match self.get16(0) >> 12 {
            0o01 => FileKind::Fifo,
            0o02 => FileKind::CharDevice,
            0o04 => FileKind::Directory,
            0o06 => FileKind::BlockDevice,
            0o10 => FileKind::File,
            0o12 => FileKind::Symlink,
            0o14 => FileKind::Socket,
            _ => return None,
        })
    }

    /// The low 12 bits of the mode.
    pub fn mode(&self) -> u32 {
        u32::from(self.get16(0) & 0o7777)
    }

    pub fn uid(&self) -> u32 {
        u32::from(self.get16(2)) | u32::from(self.get16(120)) << 16
    }

    pub fn gid(&self) -> u32 {
        u32::from(self.get16(24)) | u32::from(self.get16(122)) << 16
    }

    pub fn links(&self) -> u16 {
        self.get16(26)
    }

    /// Length in bytes.
    pub fn size(&self) -> u64 {
        u64::from(self.get32(4)) | u64::from(self.get32(108)) << 32
    }

    /// When the data was changed: a signed 32-bit number, two more bits above it, and
    /// nanoseconds ("Inode Timestamps" there).
    pub fn mtime(&self) -> Timestamp {
        let (low, extra) = (self.get32(16), self.get32(136));
        let epoch = i64::from(extra & 3) << 32;
        Timestamp {
            seconds: i64::from(low.cast_signed()) + epoch,
            nanoseconds: (extra >> 2).min(999_999_999),
        }
    }

    /// Whether its data is in extents.
    pub fn has_extents(&self) -> bool {
        self.get32(32) & EXTENTS_FL != 0
    }

    /// A link's target that is in the inode itself.
    pub fn inline_target(&self) -> Option<Vec<u8>> {
        let inline = self.kind() == Some(FileKind::Symlink)
            && self.size() <= FAST_SYMLINK_MAX
            && !self.has_extents();
        let end = BLOCK_MAP + usize::try_from(self.size()).ok()?;
        inline.then(|| self.raw.get(BLOCK_MAP..end).map(<[u8]>::to_vec))?
    }

    /// A device's number: in the old form, or else in the new one.
    pub fn device(&self) -> Device {
        let (old, new) = (self.get32(BLOCK_MAP), self.get32(BLOCK_MAP + 4));
        match old {
            0 => Device {
                major: (new >> 8) & 0xfff,
                minor: (new & 0xff) | ((new >> 12) & 0xf_ff00),
            },
            _ => Device {
                major: (old >> 8) & 0xff,
                minor: old & 0xff,
            },
        }
    }

    fn get16(&self, at: usize) -> u16 {
        u16::from_le_bytes([self.raw[at], self.raw[at + 1]])
    }

    fn get32(&self, at: usize) -> u32 {
        u32::from(self.get16(at)) | u32::from(self.get16(at + 2)) << 16
    }
}
