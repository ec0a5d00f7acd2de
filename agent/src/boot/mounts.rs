//! The kernel's file systems, in the initramfs and again in the image.
//!
//! They are mounted anew in the image, not moved there: a path such as /run may be a symbolic
//! link in an image, and only after the change of root it leads where the image means it to.

use std::{fs, io, os::unix::fs::PermissionsExt, path::Path};

use nix::{
    errno::Errno,
    mount::{MsFlags, mount},
};

use super::error::BootError;
use crate::log;

/// One mount of a kernel file system.
struct KernelMount {
    kind: &'static str,
    target: &'static str,
    /// Of the mount point, where it has to be made.
    mode: u32,
    flags: MsFlags,
    options: Option<&'static str>,
    /// Whether a guest is of use without it.
    required: bool,
}

const fn mount_of(kind: &'static str, target: &'static str, flags: MsFlags) -> KernelMount {
    KernelMount {
        kind,
        target,
        mode: 0o755,
        flags,
        options: None,
        required: true,
    }
}

const HARDENED: MsFlags = MsFlags::MS_NOSUID
    .union(MsFlags::MS_NODEV)
    .union(MsFlags::MS_NOEXEC);

const DEV: KernelMount = KernelMount {
    options: Some("mode=755"),
    ..mount_of("devtmpfs", "/dev", MsFlags::MS_NOSUID)
};
const PROC: KernelMount = mount_of("proc", "/proc", HARDENED);
const SYS: KernelMount = mount_of("sysfs", "/sys", HARDENED);

/// With the options that systemd would use, so that it keeps what it finds.
const LATE: [KernelMount; 7] = [
    DEV,
    PROC,
    SYS,
    KernelMount {
        options: Some("mode=755,size=20%,nr_inodes=800k"),
        ..mount_of("tmpfs", "/run", MsFlags::MS_NOSUID.union(MsFlags::MS_NODEV))
    },
    KernelMount {
        options: Some("gid=5,mode=620,ptmxmode=000"),
        ..mount_of(
            "devpts",
            "/dev/pts",
            MsFlags::MS_NOSUID.union(MsFlags::MS_NOEXEC),
        )
    },
    KernelMount {
        mode: 0o1777,
        options: Some("mode=1777"),
        ..mount_of(
            "tmpfs",
            "/dev/shm",
            MsFlags::MS_NOSUID.union(MsFlags::MS_NODEV),
        )
    },
    KernelMount {
        options: Some("nsdelegate,memory_recursiveprot"),
        required: false,
        ..mount_of("cgroup2", "/sys/fs/cgroup", HARDENED)
    },
];

/// Links that udev or systemd would make, for images that have neither.
const DEVICE_LINKS: [(&str, &str); 4] = [
    ("/proc/self/fd", "/dev/fd"),
    ("/proc/self/fd/0", "/dev/stdin"),
    ("/proc/self/fd/1", "/dev/stdout"),
    ("/proc/self/fd/2", "/dev/stderr"),
];

/// What the boot itself needs, in the initramfs.
pub fn early() -> Result<(), BootError> {
    [DEV, PROC, SYS].iter().try_for_each(KernelMount::mount)
}

/// What every program may expect, in the image's root; makes the directories it lacks.
pub fn late() -> Result<(), BootError> {
    LATE.iter().try_for_each(KernelMount::mount)?;
    for (target, link) in DEVICE_LINKS {
        if let Err(error) = std::os::unix::fs::symlink(target, link)
            && error.kind() != io::ErrorKind::AlreadyExists
        {
            log::warn(format_args!("cannot link {link}: {error}"));
        }
    }
    for (path, mode) in [("/etc", 0o755), ("/tmp", 0o1777), ("/root", 0o700)] {
        directory(Path::new(path), mode).map_err(BootError::at(format!("make {path}")))?;
    }
    Ok(())
}

impl KernelMount {
    fn mount(&self) -> Result<(), BootError> {
        let step = || format!("mount {} at {}", self.kind, self.target);
        directory(Path::new(self.target), self.mode).map_err(BootError::at(step()))?;
        match mount(
            Some(self.kind),
            self.target,
            Some(self.kind),
            self.flags,
            self.options,
        ) {
            // The kernel had mounted it already.
            Ok(()) | Err(Errno::EBUSY) => Ok(()),
            Err(error) if !self.required => {
                log::warn(format_args!("cannot {}: {error}", step()));
                Ok(())
            }
            Err(error) => Err(BootError::at(step())(error)),
        }
    }
}

/// Makes a directory, with its parents, unless there is one. A link that leads nowhere stays,
/// and what it names is made: an image may have its home elsewhere.
pub fn directory(path: &Path, mode: u32) -> io::Result<()> {
    make(path, mode, LINKS)
}

/// How many links one path may have to follow, as in the kernel (path_resolution(7)).
const LINKS: u32 = 40;

fn make(path: &Path, mode: u32, links: u32) -> io::Result<()> {
    match fs::create_dir(path) {
        Ok(()) => fs::set_permissions(path, fs::Permissions::from_mode(mode)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if path.is_dir() {
                return Ok(());
            }
            match fs::read_link(path) {
                // Absolute targets replace the parent.
                Ok(target) if links > 0 && !path.exists() => {
                    let parent = path.parent().unwrap_or(Path::new("/"));
                    make(&parent.join(target), mode, links - 1)
                }
                Ok(_) | Err(_) => Err(error),
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = path.parent().ok_or(error)?;
            make(parent, 0o755, links)?;
            fs::create_dir(path)?;
            fs::set_permissions(path, fs::Permissions::from_mode(mode))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_made_with_its_parents_and_its_own_mode() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b");
        directory(&path, 0o1777).unwrap();
        directory(&path, 0o700).unwrap();
        assert_eq!(
            path.metadata().unwrap().permissions().mode() & 0o7777,
            0o1777
        );
    }

    #[test]
    fn a_link_that_leads_nowhere_is_followed() {
        use std::os::unix::fs::symlink;
        let home = tempfile::tempdir().unwrap();
        symlink("var/home", home.path().join("root")).unwrap();
        directory(&home.path().join("root"), 0o700).unwrap();
        assert!(home.path().join("var/home").is_dir());
        assert!(home.path().join("root").is_symlink());
        symlink("circle", home.path().join("circle")).unwrap();
        assert!(directory(&home.path().join("circle"), 0o700).is_err());
    }

    #[test]
    fn a_file_in_the_place_of_a_directory_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        fs::write(&path, "").unwrap();
        assert!(directory(&path, 0o755).is_err());
    }
}
