//! The .modinfo section of a module: `key=value` strings (include/linux/module.h).

use object::LittleEndian;
use object::elf::FileHeader64;
use object::read::elf::{FileHeader, SectionHeader};

/// Why a module says nothing of itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModinfoError {
    /// It is no ELF file, or a damaged one.
    #[error("it is no module or a damaged one: {0}")]
    Damaged(String),
    /// It has no .modinfo section.
    #[error("it is no module: it has no .modinfo section")]
    NoSection,
}

/// What is used of a module's .modinfo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Modinfo {
    /// `depends=`: modules that must be loaded before, built-in ones left out.
    pub(super) depends: Vec<String>,
    /// `alias=`: names and device patterns by which the kernel asks for it.
    pub(super) aliases: Vec<String>,
    /// `softdep=`: modules to load before or after it where they exist (modprobe.d(5)).
    pub(super) soft_depends: Vec<String>,
    /// `vermagic=` up to the first space: the release that it was built for.
    pub(super) release: Option<String>,
}

/// Reads an unpacked module file.
pub(super) fn parse(module: &[u8]) -> Result<Modinfo, ModinfoError> {
    let damaged = |error: object::Error| ModinfoError::Damaged(error.to_string());
    let header = FileHeader64::<LittleEndian>::parse(module).map_err(damaged)?;
    let endian = header.endian().map_err(damaged)?;
    let sections = header.sections(endian, module).map_err(damaged)?;
    let (_, section) = sections
        .section_by_name(endian, b".modinfo")
        .ok_or(ModinfoError::NoSection)?;
    let content = section.data(endian, module).map_err(damaged)?;
    Ok(parse_section(content))
}

fn parse_section(content: &[u8]) -> Modinfo {
    let mut info = Modinfo::default();
    for entry in content.split(|byte| *byte == 0) {
        let entry = String::from_utf8_lossy(entry);
        let Some((key, value)) = entry.split_once('=') else {
            continue;
        };
        match key {
            "depends" => info.depends.extend(
                value
                    .split(',')
                    .filter(|name| !name.is_empty())
                    .map(super::name::normal),
            ),
            "alias" => info.aliases.push(value.to_string()),
            "softdep" => info.soft_depends.push(value.to_string()),
            "vermagic" => info.release = value.split(' ').next().map(str::to_string),
            _ => {}
        }
    }
    info
}

/// Builds a module for tests: an ELF file with two sections, .modinfo and the names'.
#[cfg(test)]
pub(crate) fn build(entries: &[&str]) -> Vec<u8> {
    let names = b"\0.modinfo\0.shstrtab\0";
    let content: Vec<u8> = entries
        .iter()
        .flat_map(|entry| entry.bytes().chain([0]))
        .collect();
    let content_at = 64u64;
    let names_at = content_at + content.len() as u64;
    let sections_at = names_at + names.len() as u64;
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend(1u16.to_le_bytes()); // ET_REL
    file.extend(62u16.to_le_bytes());
    file.extend(1u32.to_le_bytes());
    file.extend(0u64.to_le_bytes()); // e_entry
    file.extend(0u64.to_le_bytes()); // e_phoff
    file.extend(sections_at.to_le_bytes());
    file.extend(0u32.to_le_bytes());
    for half in [64u16, 0, 0, 64, 3, 2] {
        file.extend(half.to_le_bytes());
    }
    file.extend(&content);
    file.extend(names);
    let sections = [
        (0u32, 0u32, 0u64, 0u64),
        (1, 1, content_at, content.len() as u64),
        (10, 3, names_at, names.len() as u64),
    ];
    for (name, kind, offset, size) in sections {
        file.extend(name.to_le_bytes());
        file.extend(kind.to_le_bytes());
        for long in [0, 0, offset, size] {
            file.extend(u64::to_le_bytes(long));
        }
        file.extend([0; 8]);
        file.extend([0; 16]);
    }
    file
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_module_is_read() {
        let module = build(&[
            "license=GPL",
            "alias=virtio:d00000013v*",
            "softdep=pre: crc32c",
            "depends=virtio,vmw-vsock_common",
            "name=a",
            "vermagic=6.1.0-56 SMP preempt mod_unload ",
        ]);
        assert_eq!(
            parse(&module).unwrap(),
            Modinfo {
                depends: vec!["virtio".into(), "vmw_vsock_common".into()],
                aliases: vec!["virtio:d00000013v*".into()],
                soft_depends: vec!["pre: crc32c".into()],
                release: Some("6.1.0-56".into()),
            }
        );
    }

    #[test]
    fn no_dependencies() {
        assert!(parse(&build(&["depends="])).unwrap().depends.is_empty());
    }

    #[test]
    fn what_is_no_module() {
        assert!(matches!(parse(b"text"), Err(ModinfoError::Damaged(_))));
        let elf = crate::vmlinux::fabricate::Elf::default().build();
        assert_eq!(parse(&elf), Err(ModinfoError::NoSection));
    }

    proptest! {
        #[test]
        fn a_damaged_module_never_panics(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut module = build(&["depends=a,b", "alias=x"]);
            for (at, byte) in flips {
                let at = at.index(module.len());
                module[at] = byte;
            }
            module.truncate(cut.index(module.len()) + 1);
            let _ = parse(&module);
        }
    }
}
