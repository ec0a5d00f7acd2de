//! All records as one JSON document, for backups and for people who look.

use crate::backend::Change;
use crate::error::StoreError;
use crate::owner::Records;
use crate::record::split;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Read, Write};

/// The version of the document's shape.
pub const EXPORT_FORMAT: u16 = 1;

/// All records: `{"format": 1, "trees": {"vms": {"4f1c": {"version": 1, "record": {..}}}}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Export {
    /// [`EXPORT_FORMAT`].
    pub format: u16,
    /// Trees, with their keys and records.
    pub trees: BTreeMap<String, BTreeMap<String, ExportedRecord>>,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ExportedRecord {
    /// A record in the shape that it was written in; nothing is migrated.
    Record {
        /// The version of that shape.
        version: u16,
        /// The record.
        record: Value,
    },
    /// Something that is not JSON with a version; kept, so that nothing is lost.
    Unreadable {
        /// Its bytes, in small hexadecimal digits.
        hexadecimal: String,
    },
}

impl Export {
    /// Writes the document, indented.
    ///
    /// # Errors
    /// When `out` refuses.
    pub fn write(&self, out: &mut impl Write) -> Result<(), StoreError> {
        let refused = |error: &dyn std::fmt::Display| StoreError::Export(error.to_string());
        serde_json::to_writer_pretty(&mut *out, self).map_err(|error| refused(&error))?;
        writeln!(out).map_err(|error| refused(&error))
    }

    /// Reads a document.
    ///
    /// # Errors
    /// When it is none, or of another [`EXPORT_FORMAT`].
    pub fn read(input: impl Read) -> Result<Self, StoreError> {
        let export: Export = serde_json::from_reader(input)
            .map_err(|error| StoreError::Export(error.to_string()))?;
        if export.format != EXPORT_FORMAT {
            return Err(StoreError::Export(format!(
                "it has format {}, and this program reads {EXPORT_FORMAT}",
                export.format
            )));
        }
        Ok(export)
    }

    pub(crate) fn from_records(trees: Vec<(String, Records)>) -> Self {
        let exported = |records: Records| {
            records
                .into_iter()
                .map(|(key, bytes)| (key, to_exported(&bytes)))
                .collect()
        };
        Export {
            format: EXPORT_FORMAT,
            trees: trees
                .into_iter()
                .map(|(tree, records)| (tree, exported(records)))
                .collect(),
        }
    }

    pub(crate) fn into_changes(self) -> Result<Vec<Change>, StoreError> {
        let mut changes = Vec::new();
        for (tree, records) in self.trees {
            if tree.is_empty() || tree.starts_with("__") {
                return Err(StoreError::Export(format!(
                    "{tree:?} is no tree of records"
                )));
            }
            for (key, record) in records {
                let value = Some(to_bytes(&record).ok_or_else(|| {
                    StoreError::Export(format!("record {key:?} of {tree} is no hexadecimal"))
                })?);
                let tree = tree.clone();
                changes.push(Change { tree, key, value });
            }
        }
        Ok(changes)
    }
}

fn to_exported(bytes: &[u8]) -> ExportedRecord {
    let parsed = split(bytes).and_then(|(version, json)| {
        let record = serde_json::from_slice(json).ok()?;
        Some(ExportedRecord::Record { version, record })
    });
    parsed.unwrap_or_else(|| ExportedRecord::Unreadable {
        hexadecimal: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}

fn to_bytes(record: &ExportedRecord) -> Option<Vec<u8>> {
    match record {
        ExportedRecord::Record { version, record } => {
            let mut bytes = version.to_be_bytes().to_vec();
            serde_json::to_writer(&mut bytes, record).ok()?;
            Some(bytes)
        }
        ExportedRecord::Unreadable { hexadecimal } => {
            let digits: Option<Vec<u8>> = hexadecimal
                .chars()
                .map(|digit| {
                    digit
                        .to_digit(16)
                        .and_then(|digit| u8::try_from(digit).ok())
                })
                .collect();
            let (pairs, rest) = digits.as_deref()?.as_chunks::<2>();
            let bytes = pairs.iter().map(|[high, low]| high << 4 | low).collect();
            rest.is_empty().then_some(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_record_is_shown_as_json() {
        let export = Export::from_records(vec![(
            "vms".into(),
            vec![
                ("a".into(), b"\x00\x02{\"name\":\"box\"}".to_vec()),
                ("b".into(), b"\x00\x02{".to_vec()),
            ],
        )]);
        assert_eq!(
            serde_json::to_value(&export).unwrap(),
            serde_json::json!({"format": 1, "trees": {"vms": {
                "a": {"version": 2, "record": {"name": "box"}},
                "b": {"hexadecimal": "00027b"},
            }}})
        );
    }

    #[test]
    fn other_documents_are_refused() {
        for text in [
            "",
            "[]",
            r#"{"format":2,"trees":{}}"#,
            r#"{"format":1,"trees":{"vms":{"a":{}}}}"#,
        ] {
            assert!(Export::read(text.as_bytes()).is_err(), "{text}");
        }
        for text in [
            r#"{"format":1,"trees":{"vms":{"a":{"hexadecimal":"0"}}}}"#,
            r#"{"format":1,"trees":{"vms":{"a":{"hexadecimal":"0g"}}}}"#,
            r#"{"format":1,"trees":{"__sled__default":{"a":{"hexadecimal":"00"}}}}"#,
        ] {
            let export = Export::read(text.as_bytes()).unwrap();
            assert!(export.into_changes().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_survive(records: BTreeMap<String, Vec<u8>>) {
            let export = Export::from_records(vec![("t".into(), records.clone().into_iter().collect())]);
            let mut document = Vec::new();
            export.write(&mut document).unwrap();
            let changes = Export::read(document.as_slice()).unwrap().into_changes().unwrap();
            let back: BTreeMap<String, Vec<u8>> =
                changes.into_iter().map(|c| (c.key, c.value.unwrap())).collect();
            // JSON may be written differently; what is not JSON is kept byte by byte.
            for (key, bytes) in &records {
                if serde_json::from_slice::<Value>(bytes.get(2..).unwrap_or_default()).is_err() {
                    prop_assert_eq!(&back[key], bytes);
                }
            }
            prop_assert_eq!(back.len(), records.len());
        }
    }
}
