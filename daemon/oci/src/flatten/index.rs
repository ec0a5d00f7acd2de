//! The names of one layer, compactly.

use sha2::{Digest, Sha256};

use super::error::IndexError;
use super::limits::Limits;
use super::name;
use super::record::{self, Record, RecordKind};

const MAGIC: &[u8] = b"banger layer index 1\n";
const DIGEST: usize = 32;

/// The members of one layer in their order: names, types and link targets, without metadata
/// or data. Some twenty bytes a member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LayerIndex {
    records: Vec<u8>,
    entries: u32,
}

impl LayerIndex {
    /// Members of the layer, whiteouts included.
    pub fn entries(&self) -> u64 {
        u64::from(self.entries)
    }

    /// Bytes in memory.
    pub fn len_bytes(&self) -> usize {
        self.records.len()
    }

    /// The index as bytes, to be kept in a file beside the layer's blob.
    pub fn to_bytes(&self) -> Vec<u8> {
        let entries = self.entries.to_le_bytes();
        let mut bytes = [MAGIC, &entries, &self.records].concat();
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        bytes
    }

    /// Reads what [`LayerIndex::to_bytes`] wrote. `None` when it is something else, damaged,
    /// or of another version: index the layer again.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (content, digest) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST)?)?;
        if Sha256::digest(content).as_slice() != digest {
            return None;
        }
        let (entries, records) = content.strip_prefix(MAGIC)?.split_at_checked(4)?;
        let index = Self {
            entries: u32::from_le_bytes(entries.try_into().ok()?),
            records: records.to_vec(),
        };
        index.is_valid().then_some(index)
    }

    fn is_valid(&self) -> bool {
        let mut records = self.records();
        let mut count = 0u32;
        while let Some((record, _)) = records.next() {
            let normal = name::is_normal(record.path)
                && (record.kind != RecordKind::HardLink || name::is_normal(record.target));
            if !normal {
                return false;
            }
            count = count.saturating_add(1);
        }
        records.at == self.records.len() && count == self.entries
    }

    /// The members, from the first on.
    pub(super) fn records(&self) -> Records<'_> {
        Records {
            data: &self.records,
            at: 0,
            path: Vec::new(),
        }
    }

    /// The link target at a place that [`Records::next`] has told.
    pub(super) fn target(&self, place: u32) -> &[u8] {
        record::target(&self.records, place as usize)
    }
}

/// Goes through the members of an index.
pub(super) struct Records<'a> {
    data: &'a [u8],
    at: usize,
    path: Vec<u8>,
}

impl Records<'_> {
    /// The next member, and the place of its target for [`LayerIndex::target`].
    pub fn next(&mut self) -> Option<(Record<'_>, u32)> {
        let (record, place) = record::decode(self.data, &mut self.at, &mut self.path)?;
        // Builders see to it that an index is smaller than 4 GiB.
        Some((record, place as u32))
    }
}

/// Makes an index, a member after the other.
#[derive(Debug, Default)]
pub(super) struct Builder {
    index: LayerIndex,
    previous: Vec<u8>,
    name_bytes: u64,
}

impl Builder {
    /// Adds a member.
    ///
    /// # Errors
    /// When the limits are reached.
    pub fn push(&mut self, record: Record<'_>, limits: &Limits) -> Result<(), IndexError> {
        let entries = limits.entries.min(u64::from(u32::MAX));
        if self.index.entries() >= entries {
            return Err(IndexError::TooManyEntries(entries));
        }
        self.name_bytes += (record.path.len() + record.target.len()) as u64;
        let records_max = u32::MAX as usize - (1 << 20);
        if self.name_bytes > limits.name_bytes || self.index.records.len() > records_max {
            return Err(IndexError::NamesTooLong(limits.name_bytes));
        }
        self.index.entries += 1;
        record::encode(&mut self.index.records, &mut self.previous, record);
        Ok(())
    }

    /// Members so far.
    pub fn entries(&self) -> u64 {
        self.index.entries()
    }

    /// The whole index.
    pub fn finish(mut self) -> LayerIndex {
        self.index.records.shrink_to_fit();
        self.index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record<'a>(kind: RecordKind, path: &'a str, target: &'a str) -> Record<'a> {
        Record {
            kind,
            path: path.as_bytes(),
            target: target.as_bytes(),
            blocks: 3,
        }
    }

    fn index(records: &[Record<'_>]) -> LayerIndex {
        let mut builder = Builder::default();
        for record in records {
            builder.push(*record, &Limits::default()).unwrap();
        }
        builder.finish()
    }

    #[test]
    fn an_index_survives_a_file() {
        let index = index(&[
            record(RecordKind::Directory, "etc", ""),
            record(RecordKind::File, "etc/a", ""),
            record(RecordKind::Ignored, "", ""),
            record(RecordKind::Symlink, "etc/b", "../x"),
            record(RecordKind::HardLink, "etc/c", "etc/a"),
        ]);
        let bytes = index.to_bytes();
        assert_eq!(LayerIndex::from_bytes(&bytes), Some(index));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(LayerIndex::from_bytes(&damaged), None);
            assert_eq!(LayerIndex::from_bytes(&bytes[..at]), None);
        }
    }

    #[test]
    fn names_that_climb_are_not_taken_from_a_file() {
        for bad in ["../x", "a//b", "/a", "a/", "a/./b"] {
            let bytes = index(&[record(RecordKind::File, bad, "")]).to_bytes();
            assert_eq!(LayerIndex::from_bytes(&bytes), None, "{bad}");
        }
    }

    #[test]
    fn limits_end_it() {
        let limits = Limits {
            entries: 2,
            name_bytes: 6,
            ..Limits::default()
        };
        let mut builder = Builder::default();
        let file = |path| record(RecordKind::File, path, "");
        builder.push(file("abc"), &limits).unwrap();
        let error = builder.push(file("abcd"), &limits).unwrap_err();
        assert!(matches!(error, IndexError::NamesTooLong(6)));
        let mut builder = Builder::default();
        builder.push(file("a"), &limits).unwrap();
        builder.push(file("b"), &limits).unwrap();
        let error = builder.push(file("c"), &limits).unwrap_err();
        assert!(matches!(error, IndexError::TooManyEntries(2)));
    }
}
