//! The home disk, mounted at /root.
//!
//! A new one is empty. It gets what the image has in /root before it covers that.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
};

use nix::mount::{MsFlags, mount};

use super::{copy_tree::copy_contents, error::BootError, mounts::directory, root::WRITABLE_DISK};
use crate::log;

const HOME: &str = "/root";
const APART: &str = "/run/banger-home";

/// Says that a copy was begun and not ended: the guest was killed in between.
const UNFINISHED: &str = ".banger-unfinished";
/// What mke2fs puts into every new file system.
const LOST_AND_FOUND: &str = "lost+found";

/// Mounts the home disk at /root; fills it first where it is new.
pub fn mount_home(device: &Path) -> Result<(), BootError> {
    lay(device).map_err(BootError::at("mount the home disk"))
}

fn lay(device: &Path) -> io::Result<()> {
    let apart = Path::new(APART);
    directory(apart, 0o700)?;
    mount(
        Some(device),
        apart,
        Some("ext4"),
        MsFlags::empty(),
        Some(WRITABLE_DISK),
    )?;
    if is_new(apart)? {
        log::info("filling the new home disk");
        fill(Path::new(HOME), apart)?;
    }
    mount(
        Some(apart),
        HOME,
        None::<&str>,
        MsFlags::MS_MOVE,
        None::<&str>,
    )?;
    fs::remove_dir(apart)
}

/// Whether nobody has used this disk: it is empty, or its filling was interrupted.
fn is_new(disk: &Path) -> io::Result<bool> {
    let mut new = true;
    for entry in fs::read_dir(disk)? {
        let name = entry?.file_name();
        if name == UNFINISHED {
            return Ok(true);
        }
        new &= name == LOST_AND_FOUND;
    }
    Ok(new)
}

/// Copies the image's home, with the owner and mode of the directory itself. What a copy
/// that was interrupted left is removed, and mke2fs's directory with it: nobody expects that
/// in a home, and e2fsck makes it when it needs it.
fn fill(home: &Path, disk: &Path) -> io::Result<()> {
    for entry in fs::read_dir(disk)? {
        let entry = entry?;
        if entry.file_name() == UNFINISHED {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    let unfinished = disk.join(UNFINISHED);
    fs::write(&unfinished, "")?;
    copy_contents(home, disk)?;
    let of = fs::metadata(home)?;
    chown(disk, Some(of.uid()), Some(of.gid()))?;
    fs::set_permissions(disk, fs::Permissions::from_mode(0o700))?;
    fs::remove_file(unfinished)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (tempfile::TempDir, tempfile::TempDir) {
        let (home, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(home.path().join(".profile"), "hello").unwrap();
        fs::create_dir(disk.path().join(LOST_AND_FOUND)).unwrap();
        (home, disk)
    }

    #[test]
    fn a_disk_with_only_lost_and_found_is_new_and_filled() {
        let (home, disk) = pair();
        assert!(is_new(disk.path()).unwrap());
        fill(home.path(), disk.path()).unwrap();
        assert_eq!(fs::read(disk.path().join(".profile")).unwrap(), b"hello");
        assert_eq!(
            disk.path().metadata().unwrap().permissions().mode() & 0o7777,
            0o700
        );
        assert!(!is_new(disk.path()).unwrap());
        assert!(!disk.path().join(LOST_AND_FOUND).exists());
    }

    #[test]
    fn an_interrupted_filling_is_done_again() {
        let (home, disk) = pair();
        fs::write(disk.path().join(UNFINISHED), "").unwrap();
        fs::create_dir(disk.path().join("half")).unwrap();
        assert!(is_new(disk.path()).unwrap());
        fill(home.path(), disk.path()).unwrap();
        assert!(!disk.path().join("half").exists());
        assert!(!is_new(disk.path()).unwrap());
    }

    #[test]
    fn a_used_disk_is_not_new() {
        let (_, disk) = pair();
        fs::write(disk.path().join("work"), "").unwrap();
        assert!(!is_new(disk.path()).unwrap());
    }
}
