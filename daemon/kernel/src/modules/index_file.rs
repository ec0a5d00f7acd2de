//! The binary lists that modprobe(8) looks modules up in: `modules.dep.bin`,
//! `modules.alias.bin`, `modules.builtin.bin`. With them a guest needs no depmod, which
//! takes seconds under emulation.
//!
//! The format is a radix tree of keys (libkmod/libkmod-index.h of kmod, version 2.1), all
//! numbers big-endian: a header, then nodes, children before their parents.

use std::collections::BTreeMap;

const MAGIC: u32 = 0xb007_f457;
const VERSION: u32 = 0x0002_0001;

/// What a node has is told by the top bits of its offset.
const HAS_PREFIX: u32 = 0x8000_0000;
const HAS_CHILDREN: u32 = 0x2000_0000;
const HAS_VALUES: u32 = 0x4000_0000;
/// The bits of the offset itself.
const OFFSET: u32 = 0x0fff_ffff;

/// The entries of a list: the values of each key, the most preferred first.
pub(super) type Entries = BTreeMap<Vec<u8>, Vec<String>>;

/// A key, or what is left of it below a node, and its values.
type Entry<'a> = (&'a [u8], &'a [String]);

/// The list's bytes; none where it would be larger than the format can address (256 MiB).
pub(super) fn index_file(entries: &Entries) -> Option<Vec<u8>> {
    let mut file = Vec::new();
    for word in [MAGIC, VERSION, 0] {
        file.extend(word.to_be_bytes());
    }
    let sorted: Vec<Entry<'_>> = entries
        .iter()
        .map(|(key, values)| (key.as_slice(), values.as_slice()))
        .collect();
    let root = write_node(&sorted, &mut file)?;
    file.get_mut(8..12)?.copy_from_slice(&root.to_be_bytes());
    Some(file)
}

/// Writes the tree of some sorted keys; returns its place with its flags. Its depth is
/// bounded by the length of the longest key, which is a module's name or alias.
fn write_node(entries: &[Entry<'_>], file: &mut Vec<u8>) -> Option<u32> {
    // Sorted: what the first and the last have in common, all have.
    let (first, _) = entries.first().copied().unwrap_or_default();
    let (last, _) = entries.last().copied().unwrap_or_default();
    let shared = first.iter().zip(last).take_while(|(a, b)| a == b).count();
    let (prefix, _) = first.split_at(shared);
    let rests = entries
        .iter()
        .map(|(key, values)| (key.get(shared..).unwrap_or_default(), *values));

    let mut own: &[String] = &[];
    let mut groups: BTreeMap<u8, Vec<Entry<'_>>> = BTreeMap::new();
    for (rest, values) in rests {
        match rest.split_first() {
            None => own = values,
            Some((next, rest)) => groups.entry(*next).or_default().push((rest, values)),
        }
    }
    let mut children = BTreeMap::new();
    for (next, group) in &groups {
        children.insert(*next, write_node(group, file)?);
    }

    let mut place = u32::try_from(file.len()).ok().filter(|at| *at <= OFFSET)?;
    if !prefix.is_empty() {
        place |= HAS_PREFIX;
        file.extend(prefix);
        file.push(0);
    }
    if let (Some((low, _)), Some((high, _))) =
        (children.first_key_value(), children.last_key_value())
    {
        place |= HAS_CHILDREN;
        file.extend([*low, *high]);
        // A place of 0 means that there is no such child.
        for next in *low..=*high {
            let child = children.get(&next).copied().unwrap_or(0);
            file.extend(child.to_be_bytes());
        }
    }
    if !own.is_empty() {
        place |= HAS_VALUES;
        file.extend(u32::try_from(own.len()).ok()?.to_be_bytes());
        for (priority, value) in (0u32..).zip(own) {
            file.extend(priority.to_be_bytes());
            file.extend(value.as_bytes());
            file.push(0);
        }
    }
    Some(place)
}

/// An alias as it is looked up: `_` for `-`, but for what is in brackets
/// (`alias_normalize` of libkmod).
pub(super) fn normal_alias(alias: &str) -> Vec<u8> {
    let mut in_brackets = false;
    alias
        .bytes()
        .map(|byte| {
            match byte {
                b'[' => in_brackets = true,
                b']' => in_brackets = false,
                _ => {}
            }
            if byte == b'-' && !in_brackets {
                b'_'
            } else {
                byte
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Looks a key up as libkmod's `index_search__node` does.
    fn look_up(file: &[u8], key: &[u8]) -> Vec<String> {
        let word = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
        let text = |at: usize| {
            let length = file[at..].iter().position(|byte| *byte == 0).unwrap();
            &file[at..at + length]
        };
        assert_eq!((word(0), word(4)), (MAGIC, VERSION));
        let mut place = word(8);
        let mut key = key;
        loop {
            if place == 0 {
                return Vec::new();
            }
            let mut at = (place & OFFSET) as usize;
            if place & HAS_PREFIX != 0 {
                let prefix = text(at);
                at += prefix.len() + 1;
                match key.strip_prefix(prefix) {
                    Some(rest) => key = rest,
                    None => return Vec::new(),
                }
            }
            let mut next_place = 0;
            if place & HAS_CHILDREN != 0 {
                let (low, high) = (file[at], file[at + 1]);
                at += 2;
                if let Some(next) = key.first().filter(|c| (low..=high).contains(c)) {
                    next_place = word(at + usize::from(next - low) * 4);
                }
                at += (usize::from(high - low) + 1) * 4;
            }
            if key.is_empty() {
                if place & HAS_VALUES == 0 {
                    return Vec::new();
                }
                let mut values = Vec::new();
                let count = word(at);
                at += 4;
                for _ in 0..count {
                    let value = text(at + 4);
                    at += 4 + value.len() + 1;
                    values.push(String::from_utf8(value.to_vec()).unwrap());
                }
                return values;
            }
            place = next_place;
            key = &key[1..];
        }
    }

    #[test]
    fn nothing_is_found_in_an_empty_list() {
        let file = index_file(&Entries::new()).unwrap();
        assert!(look_up(&file, b"a").is_empty());
    }

    #[test]
    fn aliases_are_normal_outside_brackets() {
        assert_eq!(normal_alias("net-pf-[0-9]-x"), b"net_pf_[0-9]_x");
    }

    proptest! {
        #[test]
        fn every_key_is_found_and_no_other(
            entries in prop::collection::btree_map(
                "[a-d_]{1,6}".prop_map(String::into_bytes),
                prop::collection::vec("[a-z/]{0,8}", 1..3),
                0..40,
            ),
            other in "[a-d_]{1,6}",
        ) {
            let file = index_file(&entries).unwrap();
            for (key, values) in &entries {
                prop_assert_eq!(&look_up(&file, key), values);
            }
            let other = other.into_bytes();
            if !entries.contains_key(&other) {
                prop_assert!(look_up(&file, &other).is_empty());
            }
        }
    }
}
