//! Directory blocks: linear lists of names, packed.
//!
//! Source: the kernel's Documentation/filesystems/ext4/directory.rst, "Linear (Classic)
//! Directories" and `struct ext4_dir_entry_tail`. The checksum in the tail is libext2fs's
//! to fill in.

use crate::sys::BLOCK_SIZE;

use super::tree::FileType;

/// The tail that holds a block's checksum.
const TAIL: usize = 12;
const USABLE: usize = BLOCK_SIZE - TAIL;
const HEADER: usize = 8;

/// One name of a directory.
#[derive(Debug, Clone, Copy)]
pub struct Name<'a> {
    /// Inode number.
    pub ino: u32,
    /// Type.
    pub file_type: FileType,
    /// 1 to 255 bytes.
    pub name: &'a [u8],
}

/// The space that a name takes: header and name, to the next multiple of 4.
fn record_len(name_len: usize) -> usize {
    (HEADER + name_len).next_multiple_of(4)
}

/// The number of blocks that names of these lengths fill, in this order.
pub fn count_blocks(name_lens: impl Iterator<Item = usize>) -> u64 {
    let (mut blocks, mut used) = (1, 0);
    for len in name_lens {
        let record = record_len(len);
        if used + record > USABLE {
            blocks += 1;
            used = 0;
        }
        used += record;
    }
    blocks
}

/// A block that is being filled.
pub struct Block {
    data: Box<[u8; BLOCK_SIZE]>,
    used: usize,
    last: usize,
}

impl Block {
    /// An empty block.
    pub fn new() -> Self {
        Self {
            data: Box::new([0; BLOCK_SIZE]),
            used: 0,
            last: 0,
        }
    }

    /// Adds a name; `false` when it does not fit any more.
    pub fn push(&mut self, name: Name<'_>) -> bool {
        let record = record_len(name.name.len());
        if self.used + record > USABLE {
            return false;
        }
        let at = self.used;
        self.data[at..at + 4].copy_from_slice(&name.ino.to_le_bytes());
        self.put_record_len(at, record);
        self.data[at + 6] = name.name.len() as u8;
        self.data[at + 7] = name.file_type as u8;
        self.data[at + HEADER..at + HEADER + name.name.len()].copy_from_slice(name.name);
        self.last = at;
        self.used += record;
        true
    }

    /// Stretches the last record to the tail and adds the tail. The block is then ready to
    /// be written, and [`Block::clear`]ed for the next.
    pub fn finish(&mut self) -> &mut [u8; BLOCK_SIZE] {
        self.put_record_len(self.last, USABLE - self.last);
        self.put_record_len(USABLE, TAIL);
        // The tail looks like an unused entry of this type.
        self.data[USABLE + 7] = 0xde;
        &mut self.data
    }

    /// Empties the block.
    pub fn clear(&mut self) {
        self.data.fill(0);
        self.used = 0;
        self.last = 0;
    }

    fn put_record_len(&mut self, at: usize, len: usize) {
        self.data[at + 4..at + 6].copy_from_slice(&(len as u16).to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(data: &[u8; BLOCK_SIZE]) -> Vec<(u32, Vec<u8>)> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < USABLE {
            let ino = u32::from_le_bytes(data[at..at + 4].try_into().unwrap());
            let record = usize::from(u16::from_le_bytes([data[at + 4], data[at + 5]]));
            assert!(record >= 8 && record % 4 == 0);
            let len = usize::from(data[at + 6]);
            if ino != 0 {
                found.push((ino, data[at + 8..at + 8 + len].to_vec()));
            }
            at += record;
        }
        assert_eq!(at, USABLE);
        assert_eq!(data[USABLE..USABLE + 8], [0, 0, 0, 0, 12, 0, 0, 0xde]);
        found
    }

    proptest! {
        #[test]
        fn names_come_back_and_the_count_is_right(
            names in proptest::collection::vec(proptest::collection::vec(1u8.., 1..=255), 0..200)
        ) {
            let mut block = Block::new();
            let mut found = Vec::new();
            let mut blocks = 1;
            for (ino, name) in (1..).zip(&names) {
                let name = Name { ino, file_type: FileType::File, name };
                if !block.push(name) {
                    found.extend(parse(block.finish()));
                    block.clear();
                    blocks += 1;
                    prop_assert!(block.push(name));
                }
            }
            found.extend(parse(block.finish()));
            let expected: Vec<_> = (1..).zip(names.iter().cloned()).collect();
            prop_assert_eq!(found, expected);
            prop_assert_eq!(count_blocks(names.iter().map(Vec::len)), blocks);
        }
    }

    #[test]
    fn an_empty_block_is_one_unused_record() {
        assert!(parse(Block::new().finish()).is_empty());
    }
}
