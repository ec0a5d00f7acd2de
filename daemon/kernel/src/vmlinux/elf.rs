//! Checks that an ELF file is an x86-64 kernel, whole, with something to load.

use object::LittleEndian;
use object::elf::{EM_X86_64, ET_DYN, ET_EXEC, FileHeader64, PT_LOAD, PT_NOTE};
use object::read::elf::{FileHeader, ProgramHeader};

/// The owner of the PVH note.
const XEN_NOTE: &[u8] = b"Xen";
/// XEN_ELFNOTE_PHYS32_ENTRY (xen/include/public/elfnote.h): where PVH boot enters.
const XEN_PHYS32_ENTRY: u32 = 18;

type Header = FileHeader64<LittleEndian>;

/// Why an ELF file cannot be booted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElfError {
    /// Its headers make no sense.
    #[error("its ELF headers are damaged: {0}")]
    Damaged(String),
    /// It is for another machine.
    #[error("it is for another architecture (ELF machine {machine}); x86-64 (62) is needed")]
    WrongArchitecture {
        /// e_machine.
        machine: u16,
    },
    /// It is an object file, a module for example.
    #[error("it is no executable (ELF type {kind})")]
    NotExecutable {
        /// e_type.
        kind: u16,
    },
    /// It has nothing to load.
    #[error("it has no segment to load")]
    NothingToLoad,
    /// A segment reaches beyond the file's end.
    #[error("it is cut short: a segment ends at {end} in a file of {length} bytes; fetch it again")]
    CutShort {
        /// Where the segment ends, in bytes.
        end: u64,
        /// The file's length, in bytes.
        length: u64,
    },
}

/// What was learnt about a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checked {
    /// Whether it has the PVH entry point.
    pub(super) pvh: bool,
}

/// Whether the file starts as an ELF file does.
pub(super) fn is_elf(file: &[u8]) -> bool {
    file.starts_with(b"\x7fELF")
}

/// Checks a kernel.
pub(super) fn check(file: &[u8]) -> Result<Checked, ElfError> {
    let damaged = |error: object::Error| ElfError::Damaged(error.to_string());
    // Before the class is looked at: e_machine is at the same place in 32-bit files.
    let machine = file
        .get(18..20)
        .and_then(|bytes| bytes.first_chunk().copied())
        .map(u16::from_le_bytes)
        .ok_or_else(|| ElfError::Damaged("the header is cut short".into()))?;
    if machine != EM_X86_64.0 {
        return Err(ElfError::WrongArchitecture { machine });
    }
    let header = Header::parse(file).map_err(damaged)?;
    let endian = header.endian().map_err(damaged)?;
    let kind = header.e_type(endian);
    if kind != ET_EXEC && kind != ET_DYN {
        return Err(ElfError::NotExecutable { kind: kind.0 });
    }
    let segments = header.program_headers(endian, file).map_err(damaged)?;
    let mut loadable = false;
    let mut pvh = false;
    for segment in segments {
        let length = file.len() as u64;
        let end = segment
            .p_offset(endian)
            .saturating_add(segment.p_filesz(endian));
        if end > length {
            return Err(ElfError::CutShort { end, length });
        }
        let kind = segment.p_type(endian);
        if kind == PT_LOAD {
            loadable |= segment.p_filesz(endian) > 0;
        } else if kind == PT_NOTE {
            pvh |= has_pvh_note(segment, endian, file).map_err(damaged)?;
        }
    }
    if !loadable {
        return Err(ElfError::NothingToLoad);
    }
    Ok(Checked { pvh })
}

fn has_pvh_note(
    segment: &<Header as FileHeader>::ProgramHeader,
    endian: LittleEndian,
    file: &[u8],
) -> Result<bool, object::Error> {
    let Some(mut notes) = segment.notes(endian, file)? else {
        return Ok(false);
    };
    while let Some(note) = notes.next()? {
        if note.name() == XEN_NOTE && note.n_type(endian).0 == XEN_PHYS32_ENTRY {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::super::fabricate::Elf;
    use super::*;

    #[test]
    fn another_architecture_is_named() {
        let elf = Elf {
            machine: 183,
            ..Elf::default()
        };
        assert_eq!(
            check(&elf.build()),
            Err(ElfError::WrongArchitecture { machine: 183 })
        );
    }

    #[test]
    fn an_object_file_is_no_kernel() {
        let elf = Elf {
            kind: 1,
            ..Elf::default()
        };
        assert_eq!(
            check(&elf.build()),
            Err(ElfError::NotExecutable { kind: 1 })
        );
    }

    #[test]
    fn nothing_to_load() {
        let elf = Elf {
            load: false,
            ..Elf::default()
        };
        assert_eq!(check(&elf.build()), Err(ElfError::NothingToLoad));
    }

    #[test]
    fn the_pvh_note_is_seen() {
        assert_eq!(check(&Elf::default().build()), Ok(Checked { pvh: true }));
        let elf = Elf {
            pvh: false,
            ..Elf::default()
        };
        assert_eq!(check(&elf.build()), Ok(Checked { pvh: false }));
    }

    #[test]
    fn a_cut_file_is_told() {
        let mut elf = Elf::default().build();
        elf.truncate(elf.len() - 1);
        assert!(matches!(check(&elf), Err(ElfError::CutShort { .. })));
        assert!(matches!(check(b"\x7fELF"), Err(ElfError::Damaged(_))));
    }
}
