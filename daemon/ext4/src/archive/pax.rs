//! Records of PAX extended headers: `"<length> <key>=<value>\n"`.
//!
//! Source: POSIX.1-2017, pax, "pax Extended Header". Values are kept as bytes, because
//! `SCHILY.xattr.*` is binary and names need not be UTF-8.

use std::collections::BTreeMap;

/// Records in the order in which they came; a key may come more than once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    records: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Parses the data of an extended header.
///
/// # Errors
/// What is malformed.
pub fn parse(mut data: &[u8]) -> Result<Records, &'static str> {
    let mut records = Vec::new();
    while !data.is_empty() {
        // Some writers pad with NULs.
        if data.iter().all(|&byte| byte == 0) {
            break;
        }
        let space = data
            .iter()
            .take(20)
            .position(|&byte| byte == b' ')
            .ok_or("a record has no length")?;
        let len = super::number::decimal(&data[..space])
            .and_then(|len| usize::try_from(len).ok())
            .ok_or("a record's length is not a number")?;
        if len <= space + 1 || len > data.len() {
            return Err("a record's length goes beyond the header");
        }
        let (record, rest) = data.split_at(len);
        let record = record[space + 1..]
            .strip_suffix(b"\n")
            .ok_or("a record does not end with a newline")?;
        let equals = record
            .iter()
            .position(|&byte| byte == b'=')
            .ok_or("a record has no value")?;
        records.push((record[..equals].to_vec(), record[equals + 1..].to_vec()));
        data = rest;
    }
    Ok(Records { records })
}

impl Records {
    /// The last value of `key`. An empty value takes an earlier one back, as POSIX says.
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.records
            .iter()
            .rev()
            .find(|(candidate, _)| candidate == key)
            .map(|(_, value)| value.as_slice())
            .filter(|value| !value.is_empty())
    }

    /// All records whose key starts with `prefix`, by the rest of the key; of a key that comes
    /// again the last.
    pub fn with_prefix(&self, prefix: &[u8]) -> BTreeMap<&[u8], &[u8]> {
        self.iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(prefix)?, value)))
            .collect()
    }

    /// All records in order, for keys that mean something each time they come.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.records
            .iter()
            .map(|(key, value)| (key.as_slice(), value.as_slice()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// These records over those of `global`.
    pub fn over(self, global: &Self) -> Self {
        if global.is_empty() {
            return self;
        }
        let mut records = global.records.clone();
        records.extend(self.records);
        Self { records }
    }

    /// Takes over newer global records; old values of the same keys go.
    pub fn update(&mut self, newer: Self) {
        self.records
            .retain(|(key, _)| !newer.records.iter().any(|(other, _)| other == key));
        self.records.extend(newer.records);
    }

    /// Bytes of all keys and values.
    pub fn len_bytes(&self) -> u64 {
        self.records
            .iter()
            .map(|(key, value)| (key.len() + value.len()) as u64)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Writes a record as POSIX has it: the length counts itself.
    fn record(key: &[u8], value: &[u8]) -> Vec<u8> {
        let body = key.len() + value.len() + 3;
        let mut len = body + 1;
        while len != body + len.to_string().len() {
            len = body + len.to_string().len();
        }
        [len.to_string().as_bytes(), b" ", key, b"=", value, b"\n"].concat()
    }

    proptest! {
        #[test]
        fn binary_values_come_back(
            pairs in proptest::collection::vec(
                ("[a-zA-Z.]{1,40}", proptest::collection::vec(any::<u8>(), 0..120)), 0..8)
        ) {
            let data: Vec<u8> = pairs
                .iter()
                .flat_map(|(key, value)| record(key.as_bytes(), value))
                .collect();
            let records = parse(&data).unwrap();
            let found: Vec<_> = records.iter().map(|(k, v)| (k.to_vec(), v.to_vec())).collect();
            let expected: Vec<_> = pairs.into_iter().map(|(k, v)| (k.into_bytes(), v)).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn garbage_never_panics(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&data);
        }
    }

    #[test]
    fn malformed_records() {
        for bad in [
            "nonsense",
            "0 a=b\n",
            "5 a=b\n",
            "7 a=b\n",
            "6 a:b\n",
            "99 a=b\n",
            "6 a=bX",
            "184467440737095516160 a=b\n",
            " a=b\n",
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_last_value_counts_and_an_empty_one_takes_back() {
        let data = [record(b"path", b"a"), record(b"path", b"b")].concat();
        assert_eq!(parse(&data).unwrap().get(b"path"), Some(b"b".as_slice()));
        let data = [record(b"path", b"a"), record(b"path", b"")].concat();
        assert_eq!(parse(&data).unwrap().get(b"path"), None);
    }

    #[test]
    fn local_records_win_over_global_ones() {
        let mut global = parse(&[record(b"uid", b"1"), record(b"gid", b"1")].concat()).unwrap();
        global.update(parse(&record(b"uid", b"2")).unwrap());
        let merged = parse(&record(b"gid", b"3")).unwrap().over(&global);
        assert_eq!(merged.get(b"uid"), Some(b"2".as_slice()));
        assert_eq!(merged.get(b"gid"), Some(b"3".as_slice()));
    }
}
