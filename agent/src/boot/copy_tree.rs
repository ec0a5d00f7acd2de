//! Copying a directory's contents with modes, owners, times, extended attributes, symbolic
//! and hard links.
//!
//! Sockets are left out: they mean nothing without their program.

use std::{
    collections::HashMap,
    fs::{self, File, FileTimes, Metadata},
    io,
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown, lchown, symlink},
    path::{Path, PathBuf},
};

use nix::sys::stat::{Mode, SFlag, mknod};

use crate::extended_attributes;

/// Files with several names that were copied once: device and inode, and the copy.
type Copied = HashMap<(u64, u64), PathBuf>;

/// Copies all that is in `from` into the existing directory `to`.
///
/// # Errors
/// When anything cannot be read, or written; a part may have been copied then.
pub fn copy_contents(from: &Path, to: &Path) -> io::Result<()> {
    copy_directory(from, to, &mut Copied::new())
}

fn copy_directory(from: &Path, to: &Path, copied: &mut Copied) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy_entry(
            &entry.path(),
            &entry.metadata()?,
            &to.join(entry.file_name()),
            copied,
        )?;
    }
    Ok(())
}

fn copy_entry(from: &Path, of: &Metadata, to: &Path, copied: &mut Copied) -> io::Result<()> {
    let kind = of.file_type();
    if kind.is_symlink() {
        symlink(fs::read_link(from)?, to)?;
        return lchown(to, Some(of.uid()), Some(of.gid()));
    }
    if kind.is_dir() {
        fs::create_dir(to)?;
        copy_directory(from, to, copied)?;
        return take_over(&File::open(to)?, from, to, of);
    }
    if of.nlink() > 1 {
        if let Some(first) = copied.get(&(of.dev(), of.ino())) {
            return fs::hard_link(first, to);
        }
        copied.insert((of.dev(), of.ino()), to.to_owned());
    }
    if kind.is_file() {
        let mut copy = File::create_new(to)?;
        io::copy(&mut File::open(from)?, &mut copy)?;
        take_over(&copy, from, to, of)
    } else if kind.is_socket() {
        Ok(())
    } else {
        let sort = SFlag::from_bits_truncate(of.mode() & SFlag::S_IFMT.bits());
        mknod(to, sort, Mode::empty(), of.rdev())?;
        chown(to, Some(of.uid()), Some(of.gid()))?;
        fs::set_permissions(to, fs::Permissions::from_mode(of.mode() & 0o7777))
    }
}

/// Owner before mode, because a change of owner clears the set-id bits, and capabilities.
fn take_over(copy: &File, from: &Path, path: &Path, of: &Metadata) -> io::Result<()> {
    chown(path, Some(of.uid()), Some(of.gid()))?;
    copy.set_permissions(fs::Permissions::from_mode(of.mode() & 0o7777))?;
    extended_attributes::copy(from, path)?;
    copy.set_times(
        FileTimes::new()
            .set_accessed(of.accessed()?)
            .set_modified(of.modified()?),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_times_and_links_are_kept() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (from, to) = (from.path(), to.path());
        fs::create_dir(from.join("d")).unwrap();
        fs::write(from.join("d/tool"), "x").unwrap();
        fs::set_permissions(from.join("d/tool"), fs::Permissions::from_mode(0o4751)).unwrap();
        let then = std::time::UNIX_EPOCH + std::time::Duration::new(1_000_000, 5);
        File::open(from.join("d/tool"))
            .unwrap()
            .set_times(FileTimes::new().set_modified(then).set_accessed(then))
            .unwrap();
        fs::hard_link(from.join("d/tool"), from.join("other")).unwrap();
        symlink("nowhere", from.join("link")).unwrap();
        fs::set_permissions(from.join("d"), fs::Permissions::from_mode(0o500)).unwrap();

        copy_contents(from, to).unwrap();

        let tool = to.join("d/tool").metadata().unwrap();
        assert_eq!(tool.permissions().mode() & 0o7777, 0o4751);
        assert_eq!(tool.modified().unwrap(), then);
        assert_eq!(tool.ino(), to.join("other").metadata().unwrap().ino());
        assert_eq!(
            to.join("d").metadata().unwrap().permissions().mode() & 0o7777,
            0o500
        );
        assert_eq!(
            fs::read_link(to.join("link")).unwrap(),
            Path::new("nowhere")
        );
        fs::set_permissions(from.join("d"), fs::Permissions::from_mode(0o700)).unwrap();
        fs::set_permissions(to.join("d"), fs::Permissions::from_mode(0o700)).unwrap();
    }

    #[test]
    fn pipes_are_made_and_sockets_left_out() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        mknod(&from.path().join("pipe"), SFlag::S_IFIFO, Mode::S_IRWXU, 0).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(from.path().join("socket")).unwrap();
        copy_contents(from.path(), to.path()).unwrap();
        assert!(
            to.path()
                .join("pipe")
                .metadata()
                .unwrap()
                .file_type()
                .is_fifo()
        );
        assert!(!to.path().join("socket").exists());
    }
}
