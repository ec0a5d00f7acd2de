//! Copies the modules that a guest needs to a smaller tree of the same form.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::load_order::load_order;
use super::modinfo::Modinfo;
use super::tree::{Tree, TreeError};
use super::wanted::{self, BEFORE, BOOT};
use super::{lists, name};
use crate::cancel::Cancel;
use crate::files;
use crate::hex;

/// A kernel module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleRecord {
    /// Its name, with `_` throughout.
    pub name: String,
    /// Its file, relative to the kernel's `modules` directory; never packed.
    pub file: String,
    /// The modules that it needs directly or, where the distribution listed them, at all.
    pub depends: Vec<String>,
    /// The SHA-256 of its file, in hex.
    pub sha256: String,
}

/// What was kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// All modules, each after those that it depends on.
    pub(crate) modules: Vec<ModuleRecord>,
    /// Names of the modules to load at boot, in order.
    pub(crate) boot: Vec<String>,
}

/// Copies the wanted modules of `tree`, which belong to the kernel `release`, and all that
/// they depend on into the directory `into`. Reports modules done and modules in all.
pub(crate) fn keep(
    tree: &Tree,
    release: &str,
    into: &Path,
    cancel: &Cancel,
    on_module: &mut dyn FnMut(u64, u64),
) -> Result<Kept, TreeError> {
    let boot = boot_order(tree)?;
    let later = tree
        .modules()
        .filter(|(name, file)| wanted::is_kept(name, file))
        .map(|(name, _)| name.to_string());
    // Those of the boot first: `load_order` takes each once.
    let wanted: Vec<String> = boot.iter().cloned().chain(later).collect();
    let mut infos = BTreeMap::new();
    let order = load_order(&wanted, |module| depends(tree, module, &mut infos))?;

    let mut modules = Vec::new();
    let total = order.len() as u64;
    for module in order {
        cancel.check()?;
        on_module(modules.len() as u64, total);
        let Some(file) = tree.file(&module) else {
            continue;
        };
        let content = tree.read(file)?;
        let unpacked = name::unpacked(file);
        files::write(&into.join(unpacked), &content)?;
        let info = infos.get(&module);
        check_release(&module, info, release)?;
        modules.push(ModuleRecord {
            file: unpacked.to_string(),
            depends: match info {
                Some(info) => tree.depends(&module, info)?,
                None => Vec::new(),
            },
            sha256: hex(&Sha256::digest(&content)),
            name: module,
        });
    }
    on_module(total, total);
    lists::write(tree, &modules, &infos, into)?;
    Ok(Kept { modules, boot })
}

/// The modules to load at boot. What is neither a module nor built in is the caller's to
/// report.
fn boot_order(tree: &Tree) -> Result<Vec<String>, TreeError> {
    let is_module = |name: &&str| tree.has_module(name);
    let wanted: Vec<String> = BOOT
        .into_iter()
        .filter(is_module)
        .map(str::to_string)
        .collect();
    load_order(&wanted, |module| {
        let before = BEFORE
            .into_iter()
            .filter(|(of, _)| *of == module)
            .map(|(_, before)| before)
            .filter(is_module);
        let mut all: Vec<String> = before.map(str::to_string).collect();
        all.extend(depends(tree, module, &mut BTreeMap::new())?);
        Ok(all)
    })
}

/// Reads a module's dependencies, and keeps what else it says of itself.
fn depends(
    tree: &Tree,
    module: &str,
    infos: &mut BTreeMap<String, Modinfo>,
) -> Result<Vec<String>, TreeError> {
    let Some(file) = tree.file(module) else {
        return Ok(Vec::new());
    };
    let info = tree.modinfo(file, &tree.read(file)?)?;
    let depends = tree.depends(module, &info)?;
    infos.insert(module.to_string(), info);
    Ok(depends)
}

/// The kernel refuses a module that was built for another one.
fn check_release(module: &str, info: Option<&Modinfo>, release: &str) -> Result<(), TreeError> {
    match info.and_then(|info| info.release.as_deref()) {
        Some(built_for) if built_for != release => Err(TreeError::OtherRelease {
            module: module.to_string(),
            built_for: built_for.to_string(),
            release: release.to_string(),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::compression::{Compression, pack};
    use crate::modules::modinfo::build;

    const RELEASE: &str = "6.1.0-test";

    fn module(depends: &str) -> Vec<u8> {
        build(&[
            &format!("depends={depends}"),
            "alias=pci:x",
            &format!("vermagic={RELEASE} SMP "),
        ])
    }

    fn tree(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (file, content) in files {
            files::write(&dir.path().join("from").join(file), content).unwrap();
        }
        dir
    }

    fn kept(dir: &tempfile::TempDir) -> Result<Kept, TreeError> {
        let tree = Tree::open(&dir.path().join("from"))?;
        keep(
            &tree,
            RELEASE,
            &dir.path().join("into"),
            &Cancel::new(),
            &mut |_, _| (),
        )
    }

    #[test]
    fn the_wanted_and_what_they_need_are_kept_unpacked() {
        let dir = tree(&[
            ("kernel/virtio_blk.ko", module("virtio,virtio-ring")),
            (
                "kernel/virtio.ko.xz",
                pack::pack(Compression::Xz, &module("virtio_ring")),
            ),
            (
                "kernel/virtio_ring.ko.zst",
                pack::pack(Compression::Zstd, &module("")),
            ),
            ("kernel/tun.ko", module("core")),
            ("kernel/e1000.ko", b"not even read".to_vec()),
            ("modules.builtin", b"kernel/lib/core.ko\n".to_vec()),
        ]);
        let kept = kept(&dir).unwrap();
        assert_eq!(kept.boot, ["virtio_ring", "virtio", "virtio_blk"]);
        let names: Vec<_> = kept.modules.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["virtio_ring", "virtio", "virtio_blk", "tun"]);
        let into = dir.path().join("into");
        assert_eq!(
            fs::read(into.join("kernel/virtio.ko")).unwrap(),
            module("virtio_ring")
        );
        assert!(!into.join("kernel/e1000.ko").exists());
        let dep = fs::read_to_string(into.join("modules.dep")).unwrap();
        assert!(
            dep.contains("kernel/virtio_blk.ko: kernel/virtio.ko kernel/virtio_ring.ko\n"),
            "{dep}"
        );
        let alias = fs::read_to_string(into.join("modules.alias")).unwrap();
        assert!(alias.contains("alias pci:x tun\n"));
        assert!(into.join("modules.builtin").is_file());
    }

    #[test]
    fn modules_dep_is_believed_where_there_is_one() {
        let dir = tree(&[
            ("a/overlay.ko", module("")),
            ("a/extra.ko", module("")),
            (
                "modules.dep",
                b"a/overlay.ko: a/extra.ko\na/extra.ko:\n".to_vec(),
            ),
        ]);
        assert_eq!(kept(&dir).unwrap().boot, ["extra", "overlay"]);
    }

    #[test]
    fn ext4_as_a_module_gets_its_checksum() {
        let dir = tree(&[
            ("a/ext4.ko", module("jbd2")),
            ("a/jbd2.ko", module("")),
            ("a/crc32c_generic.ko", module("")),
        ]);
        assert_eq!(kept(&dir).unwrap().boot, ["crc32c_generic", "jbd2", "ext4"]);
    }

    #[test]
    fn a_dependency_that_is_nowhere() {
        let dir = tree(&[("a/overlay.ko", module("gone"))]);
        let error = kept(&dir).unwrap_err();
        assert!(matches!(error, TreeError::Incomplete { .. }), "{error}");
    }

    #[test]
    fn modules_of_another_kernel() {
        let other = build(&["depends=", "vermagic=5.10.0 SMP "]);
        let error = kept(&tree(&[("a/overlay.ko", other)])).unwrap_err();
        assert!(matches!(error, TreeError::OtherRelease { .. }), "{error}");
    }

    #[test]
    fn damaged_modules_are_named() {
        let error = kept(&tree(&[("a/overlay.ko", b"zeros".to_vec())])).unwrap_err();
        assert!(error.to_string().contains("overlay.ko"), "{error}");
        let mut packed = pack::pack(Compression::Xz, &module(""));
        packed.truncate(40);
        let error = kept(&tree(&[("a/overlay.ko.xz", packed)])).unwrap_err();
        assert!(matches!(error, TreeError::Decompress { .. }), "{error}");
    }
}
