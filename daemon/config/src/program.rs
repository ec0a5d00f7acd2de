//! Finds the programs that the daemon and the command line start.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The program to run: the configured one, else one of that name beside the running
/// executable, else the first in `path_variable` (the text of `$PATH`).
///
/// A configured one is taken as it is, so that a wrong path is reported and not passed over.
/// `beside` is the running executable's own path.
pub fn find_program(
    explicit: Option<&Path>,
    beside: Option<&Path>,
    name: &str,
    path_variable: Option<&OsStr>,
) -> Option<PathBuf> {
    if let Some(explicit) = explicit {
        return Some(explicit.to_owned());
    }
    let neighbour = beside.and_then(Path::parent).map(|dir| dir.join(name));
    let in_path = path_variable
        .map(std::env::split_paths)
        .into_iter()
        .flatten()
        // A relative entry of PATH would run a program out of the current directory.
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(name));
    neighbour
        .into_iter()
        .chain(in_path)
        .find(|candidate| is_executable(candidate))
}

fn is_executable(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn program(path: &Path, mode: u32) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn named_then_beside_then_path() {
        let dir = tempfile::tempdir().unwrap();
        let executable = dir.path().join("bin/banger");
        let (first, second) = (dir.path().join("first"), dir.path().join("second"));
        let path = std::env::join_paths([Path::new("."), &first, &second]).unwrap();
        let find = |explicit| find_program(explicit, Some(&executable), "qemu", Some(&path));

        assert_eq!(find(None), None);
        program(&second.join("qemu"), 0o755);
        assert_eq!(find(None), Some(second.join("qemu")));
        program(&first.join("qemu"), 0o644);
        assert_eq!(find(None), Some(second.join("qemu")), "not executable");
        program(&first.join("qemu"), 0o755);
        assert_eq!(find(None), Some(first.join("qemu")));
        program(&dir.path().join("bin/qemu"), 0o755);
        assert_eq!(find(None), Some(dir.path().join("bin/qemu")));
        let named = Path::new("/no/such/qemu");
        assert_eq!(find(Some(named)), Some(named.to_owned()));
    }

    #[test]
    fn a_directory_is_no_program() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("qemu")).unwrap();
        let path = dir.path().as_os_str();
        assert_eq!(find_program(None, None, "qemu", Some(path)), None);
    }
}
