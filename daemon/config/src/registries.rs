//! `[registries."HOST:PORT"]`: how single registries are spoken to. Their names are the
//! user's, so that they have no place in the table of keys and no environment variables.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use banger_api::name::nearest;
use toml::de::{DeTable, DeValue};

use crate::{RegistrySettings, value, value::Written};

/// The name of the table.
pub(crate) const TABLE: &str = "registries";

/// The keys of one registry.
const KEYS: [&str; 3] = ["http", "ca", "mirrors"];

/// What is wrong, and where: the key in full, and its place in the text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// The byte at which the key stands.
    pub offset: usize,
    /// Such as `registries."r:5000".ca`.
    pub key: String,
    /// What is wrong, and what to write.
    pub problem: String,
}

/// Reads the table's contents; `~/` is in `home`.
pub(crate) fn read(
    table: &DeTable<'_>,
    home: Option<&Path>,
) -> Result<BTreeMap<String, RegistrySettings>, Wrong> {
    let mut registries = BTreeMap::new();
    for (name, value) in table {
        let host: &str = name.get_ref();
        let wrong = |problem: String| Wrong {
            offset: name.span().start,
            key: format!("{TABLE}.{host:?}"),
            problem,
        };
        server(host).map_err(wrong)?;
        let DeValue::Table(table) = value.get_ref() else {
            return Err(wrong(format!(
                "write [{TABLE}.{host:?}] on a line of its own"
            )));
        };
        registries.insert(host.to_owned(), one(host, table, home)?);
    }
    Ok(registries)
}

fn one(host: &str, table: &DeTable<'_>, home: Option<&Path>) -> Result<RegistrySettings, Wrong> {
    let mut registry = RegistrySettings::default();
    for (name, value) in table {
        let key: &str = name.get_ref();
        let read = match key {
            "http" => flag(value.get_ref()).map(|http| registry.http = http),
            "ca" => file(value.get_ref(), home).map(|ca| registry.ca = Some(ca)),
            "mirrors" => servers(value.get_ref()).map(|mirrors| registry.mirrors = mirrors),
            other => Err(match nearest(other, KEYS).first() {
                Some(near) => format!("there is no such key; did you mean {near:?}?"),
                None => format!("there is no such key; there are {}", KEYS.join(", ")),
            }),
        };
        read.map_err(|problem| Wrong {
            offset: name.span().start,
            key: format!("{TABLE}.{host:?}.{key}"),
            problem,
        })?;
    }
    Ok(registry)
}

fn flag(value: &DeValue<'_>) -> Result<bool, String> {
    match value {
        DeValue::Boolean(flag) => Ok(*flag),
        other => Err(format!("it is {}: write true or false", other.type_str())),
    }
}

fn file(value: &DeValue<'_>, home: Option<&Path>) -> Result<PathBuf, String> {
    match value {
        DeValue::String(text) => value::path(&Written::Text(text.as_ref().into()), home),
        other => Err(format!(
            "it is {}: write a path in quotes",
            other.type_str()
        )),
    }
}

fn servers(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let DeValue::Array(values) = value else {
        return Err(format!(
            "it is {}: write a list, such as [\"mirror.example:5000\"]",
            value.type_str()
        ));
    };
    let each = values.iter().map(|value| match value.get_ref() {
        DeValue::String(text) => server(text).map(|()| text.to_string()),
        other => Err(format!("{} in it is no host", other.type_str())),
    });
    each.collect()
}

/// `HOST` or `HOST:PORT`, as it stands before the first slash of a reference.
fn server(text: &str) -> Result<(), String> {
    let (host, port) = match text.rsplit_once(':') {
        // An IPv6 address has brackets.
        Some((host, port)) if !text.ends_with(']') => (host, Some(port)),
        Some(_) | None => (text, None),
    };
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let is_host = match bare {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
        }
    };
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    if is_host && is_port {
        return Ok(());
    }
    Err(format!(
        "{text:?} is no registry: write its host, with a port where it has one, such as \
         \"registry.example:5000\""
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<BTreeMap<String, RegistrySettings>, Wrong> {
        let document = DeTable::parse(text).unwrap();
        match document.get_ref().get(TABLE).unwrap().get_ref() {
            DeValue::Table(table) => read(table, Some(Path::new("/home/ann"))),
            _ => panic!("{text}"),
        }
    }

    #[test]
    fn a_registry_has_its_own_ways() {
        let read = parse(
            "[registries.\"r.example:5000\"]\nhttp = true\nca = \"~/ca.pem\"\n\
             mirrors = [\"m\", \"[::1]:443\"]\n[registries.other]\n",
        );
        let first = RegistrySettings {
            http: true,
            ca: Some("/home/ann/ca.pem".into()),
            mirrors: vec!["m".into(), "[::1]:443".into()],
        };
        let read = read.unwrap();
        assert_eq!(read["r.example:5000"], first);
        assert_eq!(read["other"], RegistrySettings::default());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            ("registries.r = 3", "registries.\"r\"", "[registries.\"r\"]"),
            (
                "[registries.\"https://r\"]",
                "registries.\"https://r\"",
                "is no registry",
            ),
            (
                "[registries.\"r:0\"]",
                "registries.\"r:0\"",
                "is no registry",
            ),
            (
                "[registries.r]\nhtp = true",
                "registries.\"r\".htp",
                "did you mean \"http\"",
            ),
            (
                "[registries.r]\nhttp = \"yes\"",
                "registries.\"r\".http",
                "true or false",
            ),
            (
                "[registries.r]\nca = \"ca.pem\"",
                "registries.\"r\".ca",
                "not absolute",
            ),
            (
                "[registries.r]\nmirrors = \"m\"",
                "registries.\"r\".mirrors",
                "a list",
            ),
            (
                "[registries.r]\nmirrors = [\"a/b\"]",
                "registries.\"r\".mirrors",
                "\"a/b\"",
            ),
        ];
        for (text, key, problem) in cases {
            let wrong = parse(text).unwrap_err();
            assert_eq!(wrong.key, key, "{text}");
            assert!(wrong.problem.contains(problem), "{text}: {}", wrong.problem);
        }
    }
}
