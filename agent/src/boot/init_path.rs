//! The image's own init, where it has one that can work.

use std::{fs, path::Path};

use super::executable::is_executable;
use crate::{init::boot_scripts, log};

/// Where images keep it, most telling first.
const CANDIDATES: [&str; 7] = [
    "/sbin/init",
    "/lib/systemd/systemd",
    "/usr/lib/systemd/systemd",
    "/sbin/openrc-init",
    "/sbin/runit-init",
    "/etc/init",
    "/bin/init",
];

/// Finds the init of the image that is now the root.
pub fn find() -> Option<String> {
    find_beneath(Path::new("/"))
}

fn find_beneath(root: &Path) -> Option<String> {
    let inside = |path: &str| root.join(path.trim_start_matches('/'));
    let usable = |candidate: &&str| {
        let path = inside(candidate);
        if path.exists() && !is_executable(root, &path) {
            log::warn(format_args!(
                "{candidate} cannot be executed: it is not made for this machine, or its \
                 interpreter or loader is missing"
            ));
            return false;
        }
        path.exists() && !is_useless_busybox(root, &path)
    };
    CANDIDATES.into_iter().find(usable).map(str::to_owned)
}

/// Container images of busybox and Alpine carry the link to busybox's init and none of the
/// programs that it is to start; it would run in circles.
fn is_useless_busybox(root: &Path, init: &Path) -> bool {
    let is_busybox = fs::canonicalize(init).is_ok_and(|path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("busybox"))
    });
    if !is_busybox {
        return false;
    }
    let starts_something = match fs::read_to_string(root.join("etc/inittab")) {
        Ok(table) => table
            .lines()
            .filter_map(|line| boot_scripts::entry(line.trim()))
            .find(|(action, _)| *action == "sysinit")
            .is_some_and(|(_, program)| root.join(program.trim_start_matches('/')).exists()),
        // The default table of busybox.
        Err(_) => root.join("etc/init.d/rcS").exists(),
    };
    !starts_something
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// As much of a program as is looked at.
    const PROGRAM: &str = "\x7fELF\x01";

    fn image(files: &[(&str, u32, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, mode, content) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
        }
        root
    }

    #[test]
    fn an_image_without_init_has_none() {
        assert_eq!(find_beneath(image(&[("app", 0o755, PROGRAM)]).path()), None);
        assert_eq!(
            find_beneath(image(&[("sbin/init", 0o644, "")]).path()),
            None
        );
    }

    #[test]
    fn sbin_init_comes_first_and_a_dangling_link_does_not_count() {
        let root = image(&[("usr/lib/systemd/systemd", 0o755, PROGRAM)]);
        assert_eq!(
            find_beneath(root.path()).as_deref(),
            Some("/usr/lib/systemd/systemd")
        );
        fs::create_dir(root.path().join("sbin")).unwrap();
        symlink("../nowhere", root.path().join("sbin/init")).unwrap();
        assert_eq!(
            find_beneath(root.path()).as_deref(),
            Some("/usr/lib/systemd/systemd")
        );
        fs::remove_file(root.path().join("sbin/init")).unwrap();
        symlink("../usr/lib/systemd/systemd", root.path().join("sbin/init")).unwrap();
        assert_eq!(find_beneath(root.path()).as_deref(), Some("/sbin/init"));
    }

    #[test]
    fn busybox_counts_when_it_has_something_to_start() {
        let root = image(&[("bin/busybox", 0o755, PROGRAM)]);
        fs::create_dir(root.path().join("sbin")).unwrap();
        symlink("../bin/busybox", root.path().join("sbin/init")).unwrap();
        assert_eq!(find_beneath(root.path()), None);
        fs::create_dir_all(root.path().join("etc")).unwrap();
        let table = "# comment\n::sysinit:/sbin/openrc sysinit\ntty1::respawn:/sbin/getty\n";
        fs::write(root.path().join("etc/inittab"), table).unwrap();
        assert_eq!(find_beneath(root.path()), None);
        fs::write(root.path().join("sbin/openrc"), "").unwrap();
        assert_eq!(find_beneath(root.path()).as_deref(), Some("/sbin/init"));
    }
}
