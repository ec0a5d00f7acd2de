//! Records, and their form on disk: the schema version, 2 bytes big-endian, then JSON.

use crate::error::{RecordError, RecordProblem};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The longest key, in bytes.
pub const MAX_KEY: usize = 255;

/// The largest record on disk, in bytes. What is larger belongs into a file.
pub const MAX_RECORD: usize = 1 << 20;

/// Something that is stored under a key.
pub trait Record: Serialize + DeserializeOwned + Send + 'static {
    /// The tree that holds such records, as `vms`. No two kinds share one; one that begins
    /// with `__` is the database's own.
    const TREE: &'static str;

    /// The version of the record's shape. Raise it with each change that old records do not
    /// decode under, and extend [`Record::migrate`].
    const VERSION: u16;

    /// Turns a record of version `from` (lower than [`Record::VERSION`]) into today's shape.
    ///
    /// # Errors
    /// Says why it cannot.
    fn migrate(from: u16, value: Value) -> Result<Value, String> {
        let _ = value;
        Err(format!("there is no migration from version {from}"))
    }
}

/// A record's form on disk.
pub(crate) fn encode<R: Record>(key: &str, record: &R) -> Result<Vec<u8>, RecordError> {
    let mut bytes = R::VERSION.to_be_bytes().to_vec();
    serde_json::to_writer(&mut bytes, record)
        .map_err(|error| refuse::<R>(key, RecordProblem::Unwritable(error.to_string())))?;
    if bytes.len() > MAX_RECORD {
        return Err(refuse::<R>(key, RecordProblem::TooLarge(bytes.len())));
    }
    Ok(bytes)
}

/// A record from its form on disk, migrated when it is old.
pub(crate) fn decode<R: Record>(key: &str, bytes: &[u8]) -> Result<R, RecordError> {
    let unreadable =
        |error: serde_json::Error| refuse::<R>(key, RecordProblem::Unreadable(error.to_string()));
    let (version, json) = split(bytes).ok_or_else(|| refuse::<R>(key, RecordProblem::CutShort))?;
    if version == R::VERSION {
        return serde_json::from_slice(json).map_err(unreadable);
    }
    if version > R::VERSION {
        let known = R::VERSION;
        let found = version;
        return Err(refuse::<R>(key, RecordProblem::Newer { found, known }));
    }
    let old: Value = serde_json::from_slice(json).map_err(unreadable)?;
    let migrated = R::migrate(version, old).map_err(|problem| {
        let from = version;
        refuse::<R>(key, RecordProblem::Migration { from, problem })
    })?;
    serde_json::from_value(migrated).map_err(unreadable)
}

/// The schema version, and the JSON.
pub(crate) fn split(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (version, json) = bytes.split_first_chunk::<2>()?;
    Some((u16::from_be_bytes(*version), json))
}

fn refuse<R: Record>(key: &str, problem: RecordProblem) -> RecordError {
    RecordError {
        tree: R::TREE.to_owned(),
        key: key.to_owned(),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Disk {
        mebibytes: u64,
    }

    impl Record for Disk {
        const TREE: &'static str = "disks";
        const VERSION: u16 = 3;

        /// Version 2 counted gibibytes.
        fn migrate(from: u16, mut value: Value) -> Result<Value, String> {
            match from {
                2 => {
                    let gibibytes = value["gibibytes"].as_u64().ok_or("no gibibytes")?;
                    value["mebibytes"] = (gibibytes * 1024).into();
                    Ok(value)
                }
                _ => Err(format!("version {from} was never released")),
            }
        }
    }

    fn problem(bytes: &[u8]) -> RecordProblem {
        let error = decode::<Disk>("a", bytes).unwrap_err();
        assert_eq!((error.tree.as_str(), error.key.as_str()), ("disks", "a"));
        error.problem
    }

    #[test]
    fn a_record_is_its_version_and_json() {
        let bytes = encode("a", &Disk { mebibytes: 7 }).unwrap();
        assert_eq!(bytes, b"\x00\x03{\"mebibytes\":7}");
        assert_eq!(decode::<Disk>("a", &bytes), Ok(Disk { mebibytes: 7 }));
    }

    #[test]
    fn old_records_are_migrated() {
        let old = b"\x00\x02{\"gibibytes\":2}";
        assert_eq!(decode::<Disk>("a", old), Ok(Disk { mebibytes: 2048 }));
        assert_eq!(
            problem(b"\x00\x02{}"),
            RecordProblem::Migration {
                from: 2,
                problem: "no gibibytes".into()
            }
        );
        assert!(matches!(
            problem(b"\x00\x01{}"),
            RecordProblem::Migration { from: 1, .. }
        ));
    }

    #[test]
    fn what_is_no_record_is_refused() {
        assert_eq!(problem(b""), RecordProblem::CutShort);
        assert_eq!(problem(b"\x00"), RecordProblem::CutShort);
        assert!(matches!(
            problem(b"\x00\x03{"),
            RecordProblem::Unreadable(_)
        ));
        assert!(matches!(
            problem(b"\x00\x03{}"),
            RecordProblem::Unreadable(_)
        ));
        assert_eq!(
            problem(b"\x00\x04{\"mebibytes\":7}"),
            RecordProblem::Newer { found: 4, known: 3 }
        );
    }

    #[derive(Debug, Serialize, Deserialize)]
    struct Text(String);
    impl Record for Text {
        const TREE: &'static str = "texts";
        const VERSION: u16 = 1;
    }

    #[test]
    fn a_record_has_a_largest_size() {
        let fits = "x".repeat(MAX_RECORD - 4);
        assert!(encode("a", &Text(fits.clone())).is_ok());
        let error = encode("a", &Text(format!("{fits}x"))).unwrap_err();
        assert_eq!(error.problem, RecordProblem::TooLarge(MAX_RECORD + 1));
    }

    #[test]
    fn without_a_migration_an_old_record_is_refused() {
        let error = decode::<Text>("a", b"\x00\x00\"x\"").unwrap_err();
        assert_eq!(
            error.to_string(),
            "record \"a\" of texts: cannot be migrated from version 0: \
             there is no migration from version 0"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_record_or_refused(bytes: Vec<u8>) {
            let _ = decode::<Disk>("a", &bytes);
        }

        #[test]
        fn any_record_survives(text: String) {
            let bytes = encode("a", &Text(text.clone())).unwrap();
            prop_assert_eq!(decode::<Text>("a", &bytes).unwrap().0, text);
        }
    }
}
