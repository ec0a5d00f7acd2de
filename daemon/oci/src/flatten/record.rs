//! What an index keeps of a member, as bytes.
//!
//! ```text
//! kind                                                  1 byte, see RecordKind
//! path:    bytes shared with the path before, rest      varint, varint, bytes
//! target:  of a symbolic or hard link                   varint, bytes
//! blocks:  of a file                                    varint
//! ```
//!
//! Numbers are LEB128. Members of an archive mostly come directory by directory, so that a
//! path costs little more than its last component.

/// What a member is, as far as a merge has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum RecordKind {
    /// Stands for nothing; it only counts.
    Ignored = 0,
    /// A regular file.
    File = 1,
    /// A directory.
    Directory = 2,
    /// A symbolic link.
    Symlink = 3,
    /// One more name of another member.
    HardLink = 4,
    /// A device, a pipe or a socket.
    Special = 5,
    /// Takes a path away from the layers below.
    Whiteout = 6,
    /// Takes everything in a directory away from the layers below.
    Opaque = 7,
}

impl RecordKind {
    fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Self::Ignored,
            1 => Self::File,
            2 => Self::Directory,
            3 => Self::Symlink,
            4 => Self::HardLink,
            5 => Self::Special,
            6 => Self::Whiteout,
            7 => Self::Opaque,
            _ => return None,
        })
    }
}

/// One member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// What it is.
    pub kind: RecordKind,
    /// Its path, in the form of [`super::name::Name`].
    pub path: &'a [u8],
    /// A symbolic link's target as it is, or a hard link's as a path; else empty.
    pub target: &'a [u8],
    /// Blocks of 4 KiB that a file's data takes.
    pub blocks: u64,
}

/// Appends a record; `previous` is the path of the one before and becomes this one's.
pub fn encode(out: &mut Vec<u8>, previous: &mut Vec<u8>, record: Record<'_>) {
    out.push(record.kind as u8);
    if record.kind == RecordKind::Ignored {
        return;
    }
    let shared = previous
        .iter()
        .zip(record.path)
        .take_while(|(old, new)| old == new)
        .count();
    put_number(out, shared as u64);
    put_bytes(out, &record.path[shared..]);
    previous.truncate(shared);
    previous.extend_from_slice(&record.path[shared..]);
    match record.kind {
        RecordKind::Symlink | RecordKind::HardLink => put_bytes(out, record.target),
        RecordKind::File => put_number(out, record.blocks),
        _ => {}
    }
}

/// Reads the record at `at` and moves on. The answer has the place of its target, for
/// [`target`]. `None` at the end, or where the bytes are no record.
pub fn decode<'a>(
    data: &'a [u8],
    at: &mut usize,
    path: &'a mut Vec<u8>,
) -> Option<(Record<'a>, usize)> {
    let kind = RecordKind::from_byte(*data.get(*at)?)?;
    *at += 1;
    if kind == RecordKind::Ignored {
        let record = Record {
            kind,
            path: &[],
            target: &[],
            blocks: 0,
        };
        return Some((record, 0));
    }
    let shared = usize::try_from(number(data, at)?).ok()?;
    if shared > path.len() {
        return None;
    }
    path.truncate(shared);
    path.extend_from_slice(bytes(data, at)?);
    let place = *at;
    let (mut target, mut blocks) = ([].as_slice(), 0);
    match kind {
        RecordKind::Symlink | RecordKind::HardLink => target = bytes(data, at)?,
        RecordKind::File => blocks = number(data, at)?,
        _ => {}
    }
    let record = Record {
        kind,
        path,
        target,
        blocks,
    };
    Some((record, place))
}

/// The target at a place that [`decode`] has told; empty for any other.
pub fn target(data: &[u8], mut place: usize) -> &[u8] {
    bytes(data, &mut place).unwrap_or_default()
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn bytes<'a>(data: &'a [u8], at: &mut usize) -> Option<&'a [u8]> {
    let len = usize::try_from(number(data, at)?).ok()?;
    let found = data.get(*at..at.checked_add(len)?)?;
    *at += len;
    Some(found)
}

fn number(data: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = *data.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(value: u64) {
            let mut out = Vec::new();
            put_number(&mut out, value);
            let mut at = 0;
            prop_assert_eq!(number(&out, &mut at), Some(value));
            prop_assert_eq!(at, out.len());
        }

        #[test]
        fn records_come_back(
            members in proptest::collection::vec(
                (0u8..8, proptest::collection::vec(0u8..3, 0..6), any::<Vec<u8>>(), any::<u64>()),
                0..20,
            )
        ) {
            let expected: Vec<_> = members
                .iter()
                .map(|(kind, path, target, blocks)| {
                    let kind = RecordKind::from_byte(*kind).unwrap();
                    let link = matches!(kind, RecordKind::Symlink | RecordKind::HardLink);
                    Record {
                        kind,
                        path: if kind == RecordKind::Ignored { &[] } else { path },
                        target: if link { target } else { &[] },
                        blocks: if kind == RecordKind::File { *blocks } else { 0 },
                    }
                })
                .collect();
            let (mut data, mut previous) = (Vec::new(), Vec::new());
            for record in &expected {
                encode(&mut data, &mut previous, *record);
            }
            let (mut at, mut path) = (0, Vec::new());
            for record in &expected {
                let (found, place) = decode(&data, &mut at, &mut path).unwrap();
                prop_assert_eq!(&found, record);
                if !record.target.is_empty() {
                    prop_assert_eq!(target(&data, place), record.target);
                }
            }
            prop_assert!(decode(&data, &mut at, &mut path).is_none());
        }

        #[test]
        fn garbage_never_panics(data: Vec<u8>) {
            let (mut at, mut path) = (0, Vec::new());
            while decode(&data, &mut at, &mut path).is_some() {}
        }
    }
}
