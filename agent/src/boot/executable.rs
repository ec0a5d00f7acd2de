//! Whether the kernel can execute a file of the image.
//!
//! A script needs its interpreter and a program its loader: an image may have been put
//! together without them, or for another processor. Found out before process 1 depends on it.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// How much of a script's first line the kernel reads (BINPRM_BUF_SIZE).
const FIRST_LINE: usize = 256;

/// How many scripts may be each other's interpreters, as in the kernel.
const DEPTH: u32 = 4;

/// ELF's number of this architecture (e_machine, elf(5)).
const MACHINE: u16 = if cfg!(target_arch = "x86_64") {
    62
} else {
    183
};

/// The program header that names the loader (elf(5)).
const PT_INTERP: u32 = 3;

/// Whether `path`, which lies beneath `root`, is a file that can be executed.
pub fn is_executable(root: &Path, path: &Path) -> bool {
    can_run(root, path, DEPTH)
}

fn can_run(root: &Path, path: &Path, depth: u32) -> bool {
    let has_bit = path
        .metadata()
        .is_ok_and(|of| of.is_file() && of.permissions().mode() & 0o111 != 0);
    if !has_bit || depth == 0 {
        return false;
    }
    match needs(path) {
        Ok(Needs::Nothing) => true,
        Ok(Needs::Program(needed)) => {
            let inside = needed.strip_prefix("/").unwrap_or(&needed);
            can_run(root, &root.join(inside), depth - 1)
        }
        Ok(Needs::AnotherMachine) | Err(_) => false,
    }
}

/// What has to be there for a file to run.
#[derive(Debug, PartialEq, Eq)]
enum Needs {
    Nothing,
    Program(PathBuf),
    AnotherMachine,
}

fn needs(path: &Path) -> io::Result<Needs> {
    let mut file = File::open(path)?;
    let mut start = Vec::new();
    file.by_ref()
        .take(FIRST_LINE as u64)
        .read_to_end(&mut start)?;
    if let Some(interpreter) = interpreter_of_script(&start) {
        return Ok(Needs::Program(interpreter));
    }
    if !start.starts_with(b"\x7fELF") {
        return Ok(Needs::AnotherMachine);
    }
    // The other class (32 bits) may run as well; it is not looked into.
    if start.get(4) != Some(&2) {
        return Ok(Needs::Nothing);
    }
    if number(&start, 18, 2) != Some(u64::from(MACHINE)) {
        return Ok(Needs::AnotherMachine);
    }
    loader(&mut file, &start)
}

fn interpreter_of_script(start: &[u8]) -> Option<PathBuf> {
    let line = start.strip_prefix(b"#!")?;
    let line = line.split(|byte| *byte == b'\n').next()?;
    let text = std::str::from_utf8(line).ok()?;
    text.split_whitespace().next().map(PathBuf::from)
}

/// Looks through the program headers.
fn loader(file: &mut File, header: &[u8]) -> io::Result<Needs> {
    let damaged = || io::Error::from(io::ErrorKind::InvalidData);
    let field = |offset, size| number(header, offset, size).ok_or_else(damaged);
    let (table, size, count) = (field(32, 8)?, field(54, 2)?, field(56, 2)?);
    for index in 0..count {
        let mut entry = [0; 56];
        let offset = index
            .checked_mul(size)
            .and_then(|offset| offset.checked_add(table))
            .ok_or_else(damaged)?;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut entry)?;
        if number(&entry, 0, 4) != Some(u64::from(PT_INTERP)) {
            continue;
        }
        let place = number(&entry, 8, 8).ok_or_else(damaged)?;
        let length = number(&entry, 32, 8).ok_or_else(damaged)?;
        let mut name = Vec::new();
        file.seek(SeekFrom::Start(place))?;
        file.take(length.min(4096)).read_to_end(&mut name)?;
        let text = name.split(|byte| *byte == 0).next().unwrap_or_default();
        let text = std::str::from_utf8(text).map_err(|_| damaged())?;
        return Ok(Needs::Program(PathBuf::from(text)));
    }
    Ok(Needs::Nothing)
}

/// A little-endian number of at most eight bytes.
fn number(bytes: &[u8], offset: usize, size: usize) -> Option<u64> {
    let field = bytes.get(offset..offset.checked_add(size)?)?;
    let mut wide = [0; 8];
    wide.get_mut(..size)?.copy_from_slice(field);
    Some(u64::from_le_bytes(wide))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;

    fn put(root: &Path, name: &str, content: &[u8]) -> PathBuf {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// The header of a program for `machine`, with a loader where one is named.
    pub fn program(machine: u16, loader: Option<&str>) -> Vec<u8> {
        let mut bytes = vec![0; 64];
        bytes[..5].copy_from_slice(b"\x7fELF\x02");
        bytes[18..20].copy_from_slice(&machine.to_le_bytes());
        bytes[32] = 64;
        bytes[54] = 56;
        if let Some(loader) = loader {
            bytes[56] = 1;
            let mut entry = vec![0; 56];
            entry[0] = 3;
            entry[8] = 120;
            entry[32] = loader.len() as u8 + 1;
            bytes.extend(entry);
            bytes.extend(loader.as_bytes());
            bytes.push(0);
        }
        bytes
    }

    #[test]
    fn a_program_needs_its_loader() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let alone = put(root, "alone", &program(MACHINE, None));
        let linked = put(root, "linked", &program(MACHINE, Some("/lib/ld.so")));
        assert!(is_executable(root, &alone));
        assert!(!is_executable(root, &linked));
        put(root, "lib/ld.so", &program(MACHINE, None));
        assert!(is_executable(root, &linked));
    }

    #[test]
    fn a_script_needs_its_interpreter() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let script = put(root, "sbin/init", b"#! /bin/sh -e\necho");
        assert!(!is_executable(root, &script));
        put(root, "bin/sh", &program(MACHINE, None));
        assert!(is_executable(root, &script));
        let circle = put(root, "circle", b"#!/circle\n");
        assert!(!is_executable(root, &circle));
    }

    #[test]
    fn other_machines_and_other_files_are_none() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for (name, content) in [
            ("foreign", program(MACHINE + 1, None)),
            ("text", b"hello".to_vec()),
            ("nothing", Vec::new()),
        ] {
            let path = put(root, name, &content);
            assert!(!is_executable(root, &path), "{name}");
        }
        assert!(!is_executable(root, &root.join("missing")));
        let itself = std::env::current_exe().unwrap();
        assert!(is_executable(Path::new("/"), &itself));
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(content in prop::collection::vec(any::<u8>(), 0..200), at in 0usize..120) {
            let root = tempfile::tempdir().unwrap();
            let mut bytes = program(MACHINE, Some("/ld"));
            let at = at.min(bytes.len());
            bytes.splice(at.., content);
            let path = put(root.path(), "x", &bytes);
            let _ = is_executable(root.path(), &path);
        }
    }
}
