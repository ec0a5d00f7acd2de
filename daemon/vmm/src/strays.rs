//! Processes that no record tells of.

use std::io;
use std::path::{Path, PathBuf};

use crate::ProcessRecord;

/// Processes that a machine leaves behind when the daemon's record of it is lost: VMMs and
/// their helpers of which an argument names a directory beneath `runtime_root`. Each with
/// that directory, the machine's own.
///
/// # Errors
/// When /proc cannot be listed.
pub fn find_strays(runtime_root: &Path) -> io::Result<Vec<(ProcessRecord, PathBuf)>> {
    let mut strays = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        let Ok(Some(record)) = ProcessRecord::of_pid(pid) else {
            continue;
        };
        let Some(executable) = record.executable() else {
            continue;
        };
        if !is_machine_program(&executable) {
            continue;
        }
        // Processes come and go while they are listed: one that is gone by now is no stray.
        let Ok(arguments) = std::fs::read(format!("/proc/{pid}/cmdline")) else {
            continue;
        };
        if let Some(directory) = machine_directory(&arguments, runtime_root) {
            strays.push((record, directory));
        }
    }
    Ok(strays)
}

/// Whether a program is one that machines are made of.
pub(crate) fn is_machine_program(executable: &Path) -> bool {
    let Some(name) = executable.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    // After an upgrade the running program's file is gone; the kernel says so behind its name.
    let name = name.strip_suffix(" (deleted)").unwrap_or(name);
    name.starts_with("qemu-system-") || name == "vhost-device-vsock"
}

/// The directory right beneath `root` that one of the NUL-separated `arguments` names.
fn machine_directory(arguments: &[u8], root: &Path) -> Option<PathBuf> {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let mut prefix = root.as_os_str().as_bytes().to_vec();
    if prefix.last() != Some(&b'/') {
        prefix.push(b'/');
    }
    for argument in arguments.split(|&byte| byte == 0) {
        let mut at = 0;
        while let Some(found) = find(argument.get(at..)?, &prefix) {
            let start = at + found;
            let begins_path = start == 0
                || argument
                    .get(start - 1)
                    .is_some_and(|byte| matches!(byte, b'=' | b',' | b' ' | b':'));
            let name: &[u8] = argument
                .get(start + prefix.len()..)?
                .split(|byte| matches!(byte, b'/' | b',' | b' '))
                .next()
                .unwrap_or_default();
            if begins_path && !name.is_empty() {
                let mut path = prefix.clone();
                path.extend_from_slice(name);
                return Some(PathBuf::from(std::ffi::OsString::from_vec(path)));
            }
            at = start + prefix.len();
        }
    }
    None
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_arguments_are_read_without_panic(bytes: Vec<u8>) {
            let found = machine_directory(&bytes, Path::new("/r"));
            prop_assert!(found.is_none_or(|path| path.parent() == Some(Path::new("/r"))));
        }
    }

    #[test]
    fn the_machine_directory_is_found_in_any_argument() {
        let root = Path::new("/run/b");
        let found = |arguments: &[u8]| machine_directory(arguments, root);
        let expected = Some(PathBuf::from("/run/b/vm1"));
        assert_eq!(found(b"qemu\0-name\0guest=vm1 /run/b/vm1\0-x\0"), expected);
        assert_eq!(found(b"v\0--groups\0/run/b/vm1\0--uds-path\0x\0"), expected);
        assert_eq!(found(b"q\0path=/run/b/vm1/qmp.sock,server=on\0"), expected);
        assert_eq!(found(b"q\0/run/bb/vm1\0/mnt/run/b/vm1\0/run/b/\0"), None);
    }

    #[test]
    fn programs_are_known_by_their_file_even_after_an_upgrade() {
        let known = |path: &str| is_machine_program(Path::new(path));
        assert!(known("/usr/bin/qemu-system-x86_64"));
        assert!(known("/usr/bin/qemu-system-x86_64 (deleted)"));
        assert!(known("/opt/bin/vhost-device-vsock"));
        assert!(!known("/usr/bin/qemu-img"));
        assert!(!known("/usr/bin/vim"));
    }

    #[test]
    fn nothing_strays_beneath_an_unused_directory() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(find_strays(directory.path()).unwrap(), Vec::new());
    }
}
