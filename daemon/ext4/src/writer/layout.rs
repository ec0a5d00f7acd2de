//! Which blocks of a file hold data.

use crate::entry::{FileData, Segment};
use crate::sys::BLOCK_SIZE;

/// A run of a file's blocks that hold data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The first block, counted within the file.
    pub first: u64,
    /// How many.
    pub len: u64,
}

impl FileData {
    /// The blocks of 4 KiB that hold data; `None` when no image can hold the file, or the
    /// segments are out of order, overlap or go beyond the size.
    pub fn blocks(&self) -> Option<u64> {
        Some(runs(self)?.iter().map(|run| run.len).sum())
    }
}

/// ext4 counts a file's blocks in 32 bits.
const FILE_BLOCKS_MAX: u64 = (1 << 32) - 1;

/// Turns segments into runs of whole blocks, joining what touches the same or the next
/// block. `None` when segments are out of order, overlap or go beyond the size.
pub fn runs(data: &FileData) -> Option<Vec<Run>> {
    let block = BLOCK_SIZE as u64;
    if data.size.div_ceil(block) > FILE_BLOCKS_MAX {
        return None;
    }
    let mut runs: Vec<Run> = Vec::new();
    let mut end = 0;
    for &Segment { offset, len } in &data.segments {
        let segment_end = offset.checked_add(len)?;
        if offset < end || segment_end > data.size {
            return None;
        }
        end = segment_end;
        if len == 0 {
            continue;
        }
        let (first, last) = (offset / block, (segment_end - 1) / block);
        match runs.last_mut() {
            Some(run) if first <= run.first + run.len => run.len = last + 1 - run.first,
            _ => runs.push(Run {
                first,
                len: last + 1 - first,
            }),
        }
    }
    Some(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(size: u64, segments: &[(u64, u64)]) -> Option<Vec<(u64, u64)>> {
        let segments = segments
            .iter()
            .map(|&(offset, len)| Segment { offset, len })
            .collect();
        let runs = runs(&FileData { size, segments })?;
        Some(runs.into_iter().map(|run| (run.first, run.len)).collect())
    }

    #[test]
    fn dense_files_are_one_run() {
        assert_eq!(runs(&FileData::dense(0)), Some(vec![]));
        assert_eq!(
            runs(&FileData::dense(1)),
            Some(vec![Run { first: 0, len: 1 }])
        );
        assert_eq!(
            runs(&FileData::dense(8193)),
            Some(vec![Run { first: 0, len: 3 }])
        );
    }

    #[test]
    fn holes_of_whole_blocks_part_runs() {
        assert_eq!(
            of(1 << 20, &[(0, 10), (8192, 4096), (1 << 20, 0)]),
            Some(vec![(0, 1), (2, 1)])
        );
    }

    #[test]
    fn segments_in_one_block_share_it() {
        assert_eq!(
            of(20000, &[(100, 10), (200, 10), (4000, 200), (8191, 2)]),
            Some(vec![(0, 3)])
        );
    }

    #[test]
    fn disorder_is_refused() {
        assert_eq!(of(100, &[(50, 10), (40, 5)]), None);
        assert_eq!(of(100, &[(50, 10), (55, 10)]), None);
        assert_eq!(of(100, &[(95, 10)]), None);
        assert_eq!(of(u64::MAX, &[]), None);
        assert_eq!(of(100, &[(u64::MAX, 2)]), None);
    }
}
