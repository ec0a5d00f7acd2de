//! What the archive holds.

use std::io::{self, Write};

use super::cpio::Writer;

/// The list of modules to load: absolute paths, one a line, in order.
pub const LOAD_LIST: &str = "/modules/load";

/// Empty directories, for the agent to mount on.
const DIRECTORIES: [&str; 8] = ["dev", "proc", "sys", "run", "tmp", "mnt", "etc", "modules"];

/// A module to put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its name; its file is `/modules/NAME.ko`.
    pub name: String,
    /// Its file, not packed.
    pub content: Vec<u8>,
}

/// Writes an initramfs: the agent as /init, the modules in the order in which they load,
/// and their list at [`LOAD_LIST`]. The same input gives the same bytes.
pub fn write_initramfs<W: Write>(agent: &[u8], modules: &[Module], to: W) -> io::Result<W> {
    let mut archive = Writer::new(to);
    for name in DIRECTORIES {
        archive.directory(name, 0o755)?;
    }
    // The kernel opens it for /init before devtmpfs is mounted (Documentation/admin-guide/
    // devices.txt: 5, 1 is the console).
    archive.character_device("dev/console", 0o600, 5, 1)?;
    archive.file("init", 0o755, agent)?;
    let mut load = String::new();
    for module in modules {
        let path = format!("modules/{}.ko", module.name);
        archive.file(&path, 0o644, &module.content)?;
        load.push_str(&format!("/{path}\n"));
    }
    archive.file(LOAD_LIST.trim_start_matches('/'), 0o644, load.as_bytes())?;
    archive.finish()
}

#[cfg(test)]
mod tests {
    use super::super::cpio::read::members;
    use super::*;

    fn archive() -> Vec<u8> {
        let modules = ["b", "a"].map(|name| Module {
            name: name.into(),
            content: name.repeat(3).into_bytes(),
        });
        write_initramfs(b"#!agent", &modules, Vec::new()).unwrap()
    }

    #[test]
    fn the_agent_is_init_and_modules_are_in_order() {
        let members = members(&archive());
        let find = |name: &str| members.iter().find(|m| m.0 == name).unwrap();
        assert_eq!(find("init").1, 0o100_755);
        assert_eq!(find("init").3, b"#!agent");
        assert_eq!(find("dev/console").1, 0o020_600);
        assert_eq!(find("dev/console").2, (5, 1));
        assert_eq!(find("modules/load").3, b"/modules/b.ko\n/modules/a.ko\n");
        assert_eq!(find("modules/a.ko").3, b"aaa");
        for directory in ["dev", "proc", "sys", "run", "mnt", "etc"] {
            assert_eq!(find(directory).1, 0o040_755);
        }
    }

    #[test]
    fn directories_come_before_what_is_in_them() {
        let members = members(&archive());
        for (at, (name, ..)) in members.iter().enumerate() {
            if let Some((parent, _)) = name.rsplit_once('/') {
                assert!(members[..at].iter().any(|m| m.0 == parent), "{name}");
            }
        }
    }

    #[test]
    fn the_same_input_gives_the_same_bytes() {
        assert_eq!(archive(), archive());
    }
}
