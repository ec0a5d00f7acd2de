//! Pure: a directory's names. Source: the kernel's Documentation/filesystems/ext4/directory.rst.
//!
//! The blocks of a hash tree, and the checksum at each block's end, are written as entries
//! of no inode, so that who knows nothing of them skips them.

use crate::sys::BLOCK_SIZE;

/// Inode number, length of the entry, length of the name, kind.
const HEAD: usize = 8;

/// The names and their inodes, without `.` and `..`. `None` when an entry does not fit.
pub fn names(blocks: &[u8]) -> Option<Vec<(Vec<u8>, u32)>> {
    let mut names = Vec::new();
    for block in blocks.chunks(BLOCK_SIZE) {
        let mut rest = block;
        while !rest.is_empty() {
            let head: &[u8; HEAD] = rest.first_chunk()?;
            let ino = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
            let len = usize::from(u16::from_le_bytes([head[4], head[5]]));
            let name_len = usize::from(head[6]);
            if len < HEAD || len > rest.len() {
                return None;
            }
            let name = rest.get(HEAD..HEAD + name_len)?;
            if ino != 0 && name != b"." && name != b".." {
                if name.is_empty() || name.contains(&b'/') || name.contains(&0) {
                    return None;
                }
                names.push((name.to_vec(), ino));
            }
            rest = rest.get(len..)?;
        }
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(ino: u32, len: u16, name: &str) -> Vec<u8> {
        let mut entry = ino.to_le_bytes().to_vec();
        entry.extend(len.to_le_bytes());
        entry.extend([name.len() as u8, 0]);
        entry.extend(name.as_bytes());
        entry.resize(len.into(), 0);
        entry
    }

    #[test]
    fn unused_entries_and_the_two_dots_are_left_out() {
        let mut block = [
            entry(2, 12, "."),
            entry(2, 12, ".."),
            entry(0, 16, "gone"),
            entry(12, 16, "there"),
        ]
        .concat();
        let rest = BLOCK_SIZE - block.len();
        block.extend(entry(0, rest as u16, ""));
        assert_eq!(names(&block), Some(vec![(b"there".to_vec(), 12)]));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for bad in [
            entry(12, 4096, "a")[..100].to_vec(),
            entry(12, 8, "a/b")[..8].to_vec(),
            entry(12, 4, "")[..4].to_vec(),
            entry(12, 12, "a/b"),
        ] {
            assert_eq!(names(&bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(blocks in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = names(&blocks);
        }
    }
}
