//! An ext4 inode, laid out byte by byte.
//!
//! Source: the kernel's Documentation/filesystems/ext4/inodes.rst and ifork.rst. The
//! checksum is libext2fs's to fill in.

use crate::entry::{Device, Metadata, Timestamp};
use crate::sys::{BLOCK_SIZE, Extent, INODE_SIZE, RawInode};

use super::tree::FileType;

/// ext4's limit for hard links of a file; a directory beyond it says 1 (DIR_NLINK).
pub const LINK_MAX: u16 = 65_000;
/// The longest target that fits into the inode itself.
pub const FAST_SYMLINK_MAX: usize = 59;
/// Extents that fit into the inode itself.
pub const INLINE_EXTENTS: usize = 4;
/// The most blocks of one extent.
pub const EXTENT_MAX_BLOCKS: u64 = 32_768;

const MODE: usize = 0;
const UID_LOW: usize = 2;
const SIZE_LOW: usize = 4;
const ATIME: usize = 8;
const CTIME: usize = 12;
const MTIME: usize = 16;
const GID_LOW: usize = 24;
const LINKS: usize = 26;
const BLOCKS_LOW: usize = 28;
const FLAGS: usize = 32;
const BLOCK_MAP: usize = 40;
const SIZE_HIGH: usize = 108;
const BLOCKS_HIGH: usize = 116;
const UID_HIGH: usize = 120;
const GID_HIGH: usize = 122;
const EXTRA_ISIZE: usize = 128;
const CTIME_EXTRA: usize = 132;
const MTIME_EXTRA: usize = 136;
const ATIME_EXTRA: usize = 140;
const CRTIME: usize = 144;
const CRTIME_EXTRA: usize = 148;

const EXTENTS_FL: u32 = 0x0008_0000;
const EXTENT_MAGIC: u16 = 0xf30a;

/// An inode under construction.
pub struct Inode {
    raw: RawInode,
}

impl Inode {
    /// A new inode with one link (two for a directory) and no data.
    pub fn new(file_type: FileType, metadata: &Metadata) -> Self {
        let mut inode = Self {
            raw: [0; INODE_SIZE],
        };
        inode.put16(EXTRA_ISIZE, 32);
        inode.set_links(match file_type {
            FileType::Directory => 2,
            _ => 1,
        });
        inode.set_metadata(file_type, metadata);
        inode
    }

    /// An inode as it was read.
    pub fn from_raw(raw: RawInode) -> Self {
        Self { raw }
    }

    /// The bytes to write.
    pub fn into_raw(self) -> RawInode {
        self.raw
    }

    /// Sets mode, owner and times; all four times are the one that is known.
    pub fn set_metadata(&mut self, file_type: FileType, metadata: &Metadata) {
        self.put16(MODE, format_bits(file_type) | (metadata.mode & 0o7777));
        let (uid, gid) = (metadata.uid, metadata.gid);
        self.put16(UID_LOW, (uid & 0xffff) as u16);
        self.put16(UID_HIGH, (uid >> 16) as u16);
        self.put16(GID_LOW, (gid & 0xffff) as u16);
        self.put16(GID_HIGH, (gid >> 16) as u16);
        let (low, extra) = encode_time(metadata.mtime);
        for (at, at_extra) in [
            (ATIME, ATIME_EXTRA),
            (CTIME, CTIME_EXTRA),
            (MTIME, MTIME_EXTRA),
            (CRTIME, CRTIME_EXTRA),
        ] {
            self.put32(at, low);
            self.put32(at_extra, extra);
        }
    }

    /// Hard links.
    pub fn links(&self) -> u16 {
        u16::from_le_bytes([self.raw[LINKS], self.raw[LINKS + 1]])
    }

    /// Sets the hard links.
    pub fn set_links(&mut self, links: u16) {
        self.put16(LINKS, links);
    }

    /// Length in bytes.
    pub fn size(&self) -> u64 {
        u64::from(self.get32(SIZE_LOW)) | u64::from(self.get32(SIZE_HIGH)) << 32
    }

    /// Sets the length in bytes.
    pub fn set_size(&mut self, size: u64) {
        self.put32(SIZE_LOW, (size & 0xffff_ffff) as u32);
        self.put32(SIZE_HIGH, (size >> 32) as u32);
    }

    /// Adds to the blocks that the file occupies.
    pub fn add_blocks(&mut self, blocks: u64) {
        let high = u16::from_le_bytes([self.raw[BLOCKS_HIGH], self.raw[BLOCKS_HIGH + 1]]);
        let old = u64::from(self.get32(BLOCKS_LOW)) | u64::from(high) << 32;
        // Counted in sectors of 512 bytes.
        let sectors = old + blocks * (BLOCK_SIZE as u64 / 512);
        self.put32(BLOCKS_LOW, (sectors & 0xffff_ffff) as u32);
        self.put16(BLOCKS_HIGH, (sectors >> 32) as u16);
    }

    /// Maps the data: at most [`INLINE_EXTENTS`], the rest has to be appended afterwards.
    pub fn set_extents(&mut self, extents: &[Extent]) {
        self.put32(FLAGS, self.get32(FLAGS) | EXTENTS_FL);
        let extents = &extents[..extents.len().min(INLINE_EXTENTS)];
        self.put16(BLOCK_MAP, EXTENT_MAGIC);
        self.put16(BLOCK_MAP + 2, extents.len() as u16);
        self.put16(BLOCK_MAP + 4, INLINE_EXTENTS as u16);
        for (index, extent) in extents.iter().enumerate() {
            let at = BLOCK_MAP + 12 + 12 * index;
            self.put32(at, extent.logical as u32);
            self.put16(at + 4, extent.len as u16);
            self.put16(at + 6, (extent.physical >> 32) as u16);
            self.put32(at + 8, (extent.physical & 0xffff_ffff) as u32);
        }
    }

    /// Stores a link target of at most [`FAST_SYMLINK_MAX`] bytes in the inode itself.
    pub fn set_fast_target(&mut self, target: &[u8]) {
        self.raw[BLOCK_MAP..BLOCK_MAP + target.len()].copy_from_slice(target);
        self.set_size(target.len() as u64);
    }

    /// Where a symbolic link's target is.
    pub fn target(&self) -> Target {
        let len = usize::try_from(self.size()).unwrap_or(usize::MAX);
        if len <= FAST_SYMLINK_MAX {
            Target::Inline(self.raw[BLOCK_MAP..BLOCK_MAP + len].to_vec())
        } else {
            let at = BLOCK_MAP + 12;
            let high = u16::from_le_bytes([self.raw[at + 6], self.raw[at + 7]]);
            Target::Block {
                block: u64::from(high) << 32 | u64::from(self.get32(at + 8)),
                len: len.min(BLOCK_SIZE),
            }
        }
    }

    /// Stores a device number, in the old form where it fits, as the kernel does.
    pub fn set_device(&mut self, device: Device) {
        let Device { major, minor } = device;
        if major < 256 && minor < 256 {
            self.put32(BLOCK_MAP, major << 8 | minor);
        } else {
            let encoded = (minor & 0xff) | (major << 8) | ((minor & !0xff) << 12);
            self.put32(BLOCK_MAP + 4, encoded);
        }
    }

    fn get32(&self, at: usize) -> u32 {
        u32::from_le_bytes([
            self.raw[at],
            self.raw[at + 1],
            self.raw[at + 2],
            self.raw[at + 3],
        ])
    }

    fn put16(&mut self, at: usize, value: u16) {
        self.raw[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }

    fn put32(&mut self, at: usize, value: u32) {
        self.raw[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
}

/// Where a symbolic link's target is kept.
#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    /// In the inode.
    Inline(Vec<u8>),
    /// In a block of its own.
    Block {
        /// The block.
        block: u64,
        /// Bytes.
        len: usize,
    },
}

fn format_bits(file_type: FileType) -> u16 {
    match file_type {
        FileType::Fifo => 0o010_000,
        FileType::CharDevice => 0o020_000,
        FileType::Directory => 0o040_000,
        FileType::BlockDevice => 0o060_000,
        FileType::File => 0o100_000,
        FileType::Symlink => 0o120_000,
        FileType::Socket => 0o140_000,
    }
}

/// ext4 keeps 34 bits of seconds, the low 32 signed, and 30 of nanoseconds: 1901 to 2446.
/// What lies beyond becomes the nearest that can be kept.
fn encode_time(time: Timestamp) -> (u32, u32) {
    const EARLIEST: i64 = -(1 << 31);
    const LATEST: i64 = EARLIEST + (1 << 34) - 1;
    let seconds = time.seconds.clamp(EARLIEST, LATEST);
    let low = seconds as i32;
    let epoch = ((seconds - i64::from(low)) >> 32) as u32 & 3;
    (low as u32, time.nanoseconds.min(999_999_999) << 2 | epoch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode_time(low: u32, extra: u32) -> i64 {
        i64::from(low as i32) + (i64::from(extra & 3) << 32)
    }

    #[test]
    fn times_from_1901_to_2446_survive() {
        for seconds in [
            -(1i64 << 31),
            -1,
            0,
            1,
            (1 << 31) - 1,
            1 << 31,
            1 << 32,
            (1 << 33) + 5,
            (1 << 34) - (1 << 31) - 1,
        ] {
            let time = Timestamp {
                seconds,
                nanoseconds: 999_999_999,
            };
            let (low, extra) = encode_time(time);
            assert_eq!(decode_time(low, extra), seconds);
            assert_eq!(extra >> 2, 999_999_999);
        }
    }

    #[test]
    fn times_beyond_become_the_nearest() {
        let (low, extra) = encode_time(Timestamp {
            seconds: i64::MAX,
            nanoseconds: 0,
        });
        assert_eq!(decode_time(low, extra), (1 << 34) - (1 << 31) - 1);
    }

    #[test]
    fn owners_above_65535_are_split() {
        let metadata = Metadata {
            uid: 0x0012_3456,
            gid: 0xfffe_dcba,
            ..Metadata::default()
        };
        let raw = Inode::new(FileType::File, &metadata).into_raw();
        assert_eq!(raw[UID_LOW..UID_LOW + 2], [0x56, 0x34]);
        assert_eq!(raw[UID_HIGH..UID_HIGH + 2], [0x12, 0x00]);
        assert_eq!(raw[GID_HIGH..GID_HIGH + 2], [0xfe, 0xff]);
    }

    #[test]
    fn small_devices_take_the_old_form_and_large_ones_the_new() {
        let mut inode = Inode::new(FileType::CharDevice, &Metadata::default());
        inode.set_device(Device { major: 5, minor: 1 });
        assert_eq!(inode.get32(BLOCK_MAP), 0x501);
        let mut inode = Inode::new(FileType::BlockDevice, &Metadata::default());
        inode.set_device(Device {
            major: 259,
            minor: 0x12345,
        });
        assert_eq!(inode.get32(BLOCK_MAP), 0);
        assert_eq!(inode.get32(BLOCK_MAP + 4), 0x1231_0345);
    }

    #[test]
    fn a_fast_target_is_found_again() {
        let mut inode = Inode::new(FileType::Symlink, &Metadata::default());
        inode.set_fast_target(&[b'x'; FAST_SYMLINK_MAX]);
        assert_eq!(inode.target(), Target::Inline(vec![b'x'; FAST_SYMLINK_MAX]));
    }

    #[test]
    fn blocks_are_counted_in_sectors() {
        let mut inode = Inode::new(FileType::File, &Metadata::default());
        inode.add_blocks(3);
        inode.add_blocks(1 << 30);
        assert_eq!(inode.get32(BLOCKS_LOW), 24);
        assert_eq!(inode.raw[BLOCKS_HIGH], 2);
    }
}
