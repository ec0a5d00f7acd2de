//! Maps of sparse files, in the four forms that GNU tar has had.
//!
//! Source: GNU tar manual, "Storing Sparse Files": the old GNU header (type `S`), and PAX
//! versions 0.0, 0.1 and 1.0.

use crate::entry::Segment;

use super::number;
use super::pax::Records;

/// The most segments of one file: a map of 16 MiB in memory.
pub const SEGMENTS_MAX: u64 = 1 << 20;

/// How a PAX header says where the map is.
#[derive(Debug, PartialEq, Eq)]
pub enum PaxMap {
    /// The file is not sparse.
    None,
    /// The header itself has the map (0.0 and 0.1).
    Inline(Vec<Segment>),
    /// The map comes before the data (1.0).
    Leading,
}

/// Finds the map. `None` when it is malformed.
pub fn from_pax(pax: &Records) -> Option<PaxMap> {
    if pax.get(b"GNU.sparse.major") == Some(b"1") {
        return Some(PaxMap::Leading);
    }
    if let Some(map) = pax.get(b"GNU.sparse.map") {
        let numbers: Option<Vec<u64>> = map
            .split(|&byte| byte == b',')
            .map(number::decimal)
            .collect();
        return pairs(&numbers?).map(PaxMap::Inline);
    }
    if pax.get(b"GNU.sparse.size").is_none() {
        return Some(PaxMap::None);
    }
    let numbers: Option<Vec<u64>> = pax
        .iter()
        .filter(|(key, _)| *key == b"GNU.sparse.offset" || *key == b"GNU.sparse.numbytes")
        .map(|(_, value)| number::decimal(value))
        .collect();
    pairs(&numbers?).map(PaxMap::Inline)
}

/// The file's real size, where a PAX header has it.
pub fn real_size(pax: &Records) -> Option<&[u8]> {
    pax.get(b"GNU.sparse.realsize")
        .or_else(|| pax.get(b"GNU.sparse.size"))
}

/// One offset and length of an old GNU header: two fields of 12 bytes. `Some(None)` for an
/// unused one.
pub fn old_entry(entry: &[u8]) -> Option<Option<Segment>> {
    if entry[0] == 0 {
        return Some(None);
    }
    let offset = u64::try_from(number::field(&entry[..12])?).ok()?;
    let len = u64::try_from(number::field(&entry[12..24])?).ok()?;
    Some(Some(Segment { offset, len }))
}

fn pairs(numbers: &[u64]) -> Option<Vec<Segment>> {
    if !numbers.len().is_multiple_of(2) {
        return None;
    }
    Some(
        numbers
            .chunks_exact(2)
            .map(|pair| Segment {
                offset: pair[0],
                len: pair[1],
            })
            .collect(),
    )
}

/// Reads a map of version 1.0, a line after the other.
#[derive(Debug, Default)]
pub struct LeadingMap {
    line: Vec<u8>,
    count: Option<u64>,
    offset: Option<u64>,
    segments: Vec<Segment>,
}

impl LeadingMap {
    /// Takes a byte. `Some(true)` when the map is complete, `None` when it is malformed.
    pub fn push(&mut self, byte: u8) -> Option<bool> {
        if byte != b'\n' {
            self.line.push(byte);
            // No number is longer.
            return (self.line.len() <= 20).then_some(false);
        }
        let number = number::decimal(&self.line)?;
        self.line.clear();
        match (self.count, self.offset) {
            (None, _) if number <= SEGMENTS_MAX => self.count = Some(number),
            (None, _) => return None,
            (Some(_), None) => self.offset = Some(number),
            (Some(_), Some(offset)) => {
                self.segments.push(Segment {
                    offset,
                    len: number,
                });
                self.offset = None;
            }
        }
        Some(self.offset.is_none() && self.count == Some(self.segments.len() as u64))
    }

    /// The map.
    pub fn into_segments(self) -> Vec<Segment> {
        self.segments
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::pax;

    fn records(pairs: &[(&str, &str)]) -> Records {
        let data: String = pairs
            .iter()
            .map(|(key, value)| {
                let body = key.len() + value.len() + 3;
                let len = body + (body + 2).to_string().len();
                format!("{len} {key}={value}\n")
            })
            .collect();
        pax::parse(data.as_bytes()).unwrap()
    }

    fn segments(pairs: &[(u64, u64)]) -> Vec<Segment> {
        pairs
            .iter()
            .map(|&(offset, len)| Segment { offset, len })
            .collect()
    }

    #[test]
    fn version_0_0_repeats_its_keys() {
        let pax = records(&[
            ("GNU.sparse.size", "9000"),
            ("GNU.sparse.numblocks", "2"),
            ("GNU.sparse.offset", "0"),
            ("GNU.sparse.numbytes", "10"),
            ("GNU.sparse.offset", "8192"),
            ("GNU.sparse.numbytes", "7"),
        ]);
        assert_eq!(
            from_pax(&pax),
            Some(PaxMap::Inline(segments(&[(0, 10), (8192, 7)])))
        );
        assert_eq!(real_size(&pax), Some(b"9000".as_slice()));
    }

    #[test]
    fn version_0_1_has_one_map() {
        let pax = records(&[
            ("GNU.sparse.size", "9000"),
            ("GNU.sparse.map", "0,10,8192,7"),
        ]);
        assert_eq!(
            from_pax(&pax),
            Some(PaxMap::Inline(segments(&[(0, 10), (8192, 7)])))
        );
        assert_eq!(from_pax(&records(&[("GNU.sparse.map", "0,10,5")])), None);
        assert_eq!(from_pax(&records(&[("GNU.sparse.map", "0,x")])), None);
    }

    #[test]
    fn version_1_0_leads_the_data() {
        let pax = records(&[("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0")]);
        assert_eq!(from_pax(&pax), Some(PaxMap::Leading));
        let mut map = LeadingMap::default();
        let text = b"2\n0\n10\n8192\n7\n";
        for (index, byte) in text.iter().enumerate() {
            assert_eq!(map.push(*byte), Some(index == text.len() - 1));
        }
        assert_eq!(map.into_segments(), segments(&[(0, 10), (8192, 7)]));
    }

    #[test]
    fn an_endless_or_huge_map_is_malformed() {
        let mut map = LeadingMap::default();
        let mut last = Some(false);
        for _ in 0..30 {
            last = map.push(b'1');
        }
        assert_eq!(last, None);
        let mut map = LeadingMap::default();
        let last = b"99999999\n".iter().map(|&byte| map.push(byte)).last();
        assert_eq!(last, Some(None));
    }

    #[test]
    fn plain_files_have_no_map() {
        assert_eq!(from_pax(&records(&[("path", "a")])), Some(PaxMap::None));
    }
}
