//! The lists of a tree of modules, as depmod(8) writes them, so that modprobe works in the
//! guest without it: what each module needs, its aliases, and what is built in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::dep_file;
use super::index_file::{Entries, index_file, normal_alias};
use super::keep::ModuleRecord;
use super::modinfo::Modinfo;
use super::tree::Tree;
use crate::files::{self, FileError};

/// Lists that are copied as they are: a depmod in the guest reads them.
const COPIED: [&str; 3] = [
    "modules.order",
    "modules.builtin",
    "modules.builtin.modinfo",
];
/// They are no larger, in bytes.
const COPIED_LIMIT: u64 = 32 << 20;

/// Writes the lists for `modules`, which were taken from `tree`, into `into`. `modules` are
/// in load order.
pub(super) fn write(
    tree: &Tree,
    modules: &[ModuleRecord],
    infos: &BTreeMap<String, Modinfo>,
    into: &Path,
) -> Result<(), FileError> {
    let lines = dep_lines(modules);
    let text: String = lines.values().map(String::as_str).collect();
    files::write(&into.join("modules.dep"), text.as_bytes())?;
    let dep = lines
        .iter()
        .map(|(name, line)| (name.as_bytes().to_vec(), vec![line.trim_end().to_string()]));
    write_index(&dep.collect(), &into.join("modules.dep.bin"))?;

    let mut text = String::new();
    let mut alias = Entries::new();
    for (module, info) in infos {
        for name in &info.aliases {
            text.push_str(&format!("alias {name} {module}\n"));
            alias
                .entry(normal_alias(name))
                .or_default()
                .push(module.clone());
        }
    }
    files::write(&into.join("modules.alias"), text.as_bytes())?;
    write_index(&alias, &into.join("modules.alias.bin"))?;

    let mut soft = String::new();
    let mut devices = String::new();
    for (module, info) in infos {
        for depends in &info.soft_depends {
            soft.push_str(&format!("softdep {module} {depends}\n"));
        }
        if let Some(device) = device_line(module, &info.aliases) {
            devices.push_str(&device);
        }
    }
    files::write(&into.join("modules.softdep"), soft.as_bytes())?;
    files::write(&into.join("modules.devname"), devices.as_bytes())?;

    let built_in = tree
        .built_in()
        .map(|name| (name.as_bytes().to_vec(), vec![String::new()]));
    write_index(&built_in.collect(), &into.join("modules.builtin.bin"))?;

    for list in COPIED {
        match tree.list(list, COPIED_LIMIT)? {
            Some(content) => files::write(&into.join(list), &content)?,
            None => continue,
        }
    }
    Ok(())
}

/// Leaves the list out where its format cannot hold it, which no kernel comes near to.
fn write_index(entries: &Entries, path: &Path) -> Result<(), FileError> {
    match index_file(entries) {
        Some(content) => files::write(path, &content),
        None => Ok(()),
    }
}

/// The line of modules.devname for a module that a device node loads when it is opened,
/// `module node c10:200`: `kmod static-nodes` makes the node from it, /dev/net/tun for one.
fn device_line(module: &str, aliases: &[String]) -> Option<String> {
    let find = |prefix: &str| aliases.iter().find_map(|alias| alias.strip_prefix(prefix));
    let node = find("devname:")?;
    let (kind, numbers) = find("char-major-")
        .map(|numbers| ('c', numbers))
        .or_else(|| find("block-major-").map(|numbers| ('b', numbers)))?;
    let (major, minor) = numbers.split_once('-')?;
    let (major, minor): (u32, u32) = (major.parse().ok()?, minor.parse().ok()?);
    Some(format!("{module} {node} {kind}{major}:{minor}\n"))
}

/// The lines of modules.dep by module: its file and all that it needs, last what must be
/// loaded first.
fn dep_lines(modules: &[ModuleRecord]) -> BTreeMap<&str, String> {
    let places: BTreeMap<&str, usize> = modules
        .iter()
        .enumerate()
        .map(|(place, module)| (module.name.as_str(), place))
        .collect();
    let mut lines = BTreeMap::new();
    for module in modules {
        let mut needed = BTreeSet::new();
        let mut open: Vec<&String> = module.depends.iter().collect();
        while let Some(next) = open.pop() {
            if let Some(place) = places.get(next.as_str())
                && needed.insert(*place)
                && let Some(next) = modules.get(*place)
            {
                open.extend(&next.depends);
            }
        }
        let files: Vec<&str> = needed
            .into_iter()
            .rev()
            .filter_map(|place| modules.get(place))
            .map(|module| module.file.as_str())
            .collect();
        lines.insert(module.name.as_str(), dep_file::line(&module.file, &files));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, depends: &[&str]) -> ModuleRecord {
        ModuleRecord {
            name: name.into(),
            file: format!("k/{name}.ko"),
            depends: depends.iter().map(|name| name.to_string()).collect(),
            sha256: String::new(),
        }
    }

    #[test]
    fn all_that_a_module_needs_is_listed_last_what_loads_first() {
        let modules = [
            record("ring", &[]),
            record("virtio", &["ring"]),
            record("blk", &["virtio"]),
        ];
        let lines = dep_lines(&modules);
        assert_eq!(lines["blk"], "k/blk.ko: k/virtio.ko k/ring.ko\n");
        assert_eq!(lines["ring"], "k/ring.ko:\n");
    }

    #[test]
    fn device_nodes() {
        let aliases = ["devname:net/tun", "char-major-10-200"].map(String::from);
        assert_eq!(
            device_line("tun", &aliases).unwrap(),
            "tun net/tun c10:200\n"
        );
        assert_eq!(device_line("tun", &aliases[..1]), None);
        let odd = ["devname:x", "block-major-7-*"].map(String::from);
        assert_eq!(device_line("loop", &odd), None);
    }
}
