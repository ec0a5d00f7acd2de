//! config.toml's text into written values with their lines. A key that is not in the table
//! is an error: a typo must not silently leave a default in force.

use crate::error::{ConfigError, Place};
use crate::key::{self, Key};
use crate::value::Written;
use crate::{RegistrySettings, registries};
use banger_api::name::nearest;
use std::collections::BTreeMap;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The values that a file has.
#[derive(Debug, Default)]
pub(crate) struct FileValues {
    values: Vec<(Key, usize, Written)>,
    /// By `host[:port]`.
    pub(crate) registries: BTreeMap<String, RegistrySettings>,
}

impl FileValues {
    /// A key's value, with its line.
    pub(crate) fn get(&self, key: Key) -> Option<(usize, &Written)> {
        self.values
            .iter()
            .find(|(candidate, _, _)| *candidate == key)
            .map(|(_, line, written)| (*line, written))
    }

    /// Reads `text`; `path` is for errors only, `home` for paths that begin with `~/`.
    pub(crate) fn parse(path: &Path, text: &str, home: Option<&Path>) -> Result<Self, ConfigError> {
        let place = |offset: usize| Place::File {
            path: path.to_owned(),
            line: line_of(text, offset),
        };
        let document = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
            place: place(error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;

        let mut values = Vec::new();
        let mut registries = BTreeMap::new();
        for (name, value) in in_order(document.get_ref()) {
            let section = known_section(name.get_ref());
            match (section, value.get_ref()) {
                (Some(registries::TABLE), DeValue::Table(table)) => {
                    registries =
                        registries::read(table, home).map_err(|wrong| ConfigError::Value {
                            place: place(wrong.offset),
                            key: wrong.key,
                            problem: wrong.problem,
                        })?;
                }
                (Some(section), DeValue::Table(table)) => {
                    for (name, value) in in_order(table) {
                        let key = find(Some(section), name, &place)?;
                        values.push((
                            key,
                            line_of(text, name.span().start),
                            written(value.get_ref()),
                        ));
                    }
                }
                (Some(section), other) => {
                    return Err(ConfigError::Value {
                        place: place(name.span().start),
                        key: section.to_owned(),
                        problem: format!(
                            "it is {} and must be a table: write [{section}] on a line of its own",
                            other.type_str()
                        ),
                    });
                }
                (None, _) => {
                    let key = find(None, name, &place).map_err(|error| match error {
                        ConfigError::UnknownKey { place, name, .. }
                            if value.get_ref().is_table() =>
                        {
                            ConfigError::UnknownKey {
                                place,
                                what: "table",
                                section: None,
                                nearest: owned(nearest(&name, sections())),
                                name,
                            }
                        }
                        other => other,
                    })?;
                    values.push((
                        key,
                        line_of(text, name.span().start),
                        written(value.get_ref()),
                    ));
                }
            }
        }
        Ok(FileValues { values, registries })
    }
}

/// The tables of config.toml.
fn sections() -> impl Iterator<Item = &'static str> {
    let of_keys = key::ALL.iter().filter_map(|key| key.section);
    of_keys.chain([registries::TABLE])
}

fn known_section(name: &str) -> Option<&'static str> {
    sections().find(|section| *section == name)
}

/// A table's entries in the order of the file, so that the first mistake is told first.
fn in_order<'a, 'i>(
    table: &'a DeTable<'i>,
) -> Vec<(
    &'a Spanned<std::borrow::Cow<'i, str>>,
    &'a Spanned<DeValue<'i>>,
)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

fn find(
    section: Option<&'static str>,
    name: &Spanned<std::borrow::Cow<'_, str>>,
    place: &impl Fn(usize) -> Place,
) -> Result<Key, ConfigError> {
    let siblings = || key::ALL.iter().filter(|key| key.section == section);
    let text: &str = name.get_ref();
    siblings()
        .find(|key| key.name == text)
        .copied()
        .ok_or_else(|| ConfigError::UnknownKey {
            place: place(name.span().start),
            what: "key",
            name: text.to_owned(),
            section: section.map(str::to_owned),
            nearest: owned(nearest(text, siblings().map(|key| key.name))),
        })
}

fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

fn written(value: &DeValue<'_>) -> Written {
    match value {
        DeValue::String(text) => Written::Text(text.as_ref().into()),
        DeValue::Integer(number) => {
            // Radix and underscores are TOML's; what does not fit stays text and is refused
            // by the key's own range.
            match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Written::Integer(number),
                Err(_) => Written::Text(number.as_str().into()),
            }
        }
        DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => Written::Other(value.type_str()),
    }
}

/// The line of a byte offset, from 1.
fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<FileValues, String> {
        FileValues::parse(Path::new("config.toml"), text, None).map_err(|error| error.to_string())
    }

    fn refused(text: &str) -> String {
        parse(text).unwrap_err()
    }

    #[test]
    fn values_carry_their_lines() {
        let values =
            parse("# mine\nlog_level = \"debug\"\n\n[vm_defaults]\nvcpus = 0x2\nmemory = \"1G\"\n")
                .unwrap();
        assert_eq!(
            values.get(key::LOG_LEVEL),
            Some((2, &Written::Text("debug".into())))
        );
        assert_eq!(values.get(key::VM_VCPUS), Some((5, &Written::Integer(2))));
        assert_eq!(
            values.get(key::VM_MEMORY),
            Some((6, &Written::Text("1G".into())))
        );
        assert_eq!(values.get(key::VMM), None);
    }

    #[test]
    fn dotted_and_inline_tables_are_tables() {
        for text in ["vm_defaults.vcpus = 3", "vm_defaults = { vcpus = 3 }"] {
            let values = parse(text).unwrap();
            assert_eq!(values.get(key::VM_VCPUS), Some((1, &Written::Integer(3))));
        }
    }

    #[test]
    fn unknown_keys_name_the_nearest() {
        assert_eq!(
            refused("\n[vm_defaults]\nvpcus = 2\n"),
            "config.toml line 3: unknown key \"vpcus\" in [vm_defaults]; did you mean \"vcpus\"?"
        );
        assert_eq!(
            refused("log_levl = 2\n"),
            "config.toml line 1: unknown key \"log_levl\"; did you mean \"log_level\"?"
        );
        assert_eq!(
            refused("[vm_default]\nvcpus = 2\n"),
            "config.toml line 1: unknown table \"vm_default\"; did you mean \"vm_defaults\"?"
        );
        assert_eq!(
            refused("zzzzzzzzzz = 1"),
            "config.toml line 1: unknown key \"zzzzzzzzzz\"; docs/config.md lists all keys"
        );
    }

    #[test]
    fn a_key_of_another_table_is_unknown() {
        assert!(refused("vcpus = 2").contains("unknown key \"vcpus\""));
        assert!(refused("[vm_defaults]\nvmm = \"kvm\"").contains("unknown key \"vmm\""));
    }

    #[test]
    fn the_first_mistake_of_the_file_is_told() {
        assert!(refused("zzz_second = 1\naaa_first = 1").contains("line 1"));
    }

    #[test]
    fn a_section_is_a_table() {
        assert_eq!(
            refused("vm_defaults = 3"),
            "config.toml line 1: vm_defaults: it is integer and must be a table: \
             write [vm_defaults] on a line of its own"
        );
    }

    #[test]
    fn syntax_errors_have_their_line() {
        assert!(refused("vmm = \"kvm\"\nvmm = \n").starts_with("config.toml line 2: "));
        assert!(refused("vmm = \"kvm\"\nvmm = \"tcg\"\n").starts_with("config.toml line 2: "));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-z_=\\[\\]\"0-9.\n #{},-]{0,60}") {
            let _ = parse(&text);
        }
    }
}
