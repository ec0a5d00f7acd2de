//! The root file system: the image below, the VM's own disk above, and the change to it.

use std::{fs, io, path::Path};

use nix::{
    mount::{MntFlags, MsFlags, mount, umount2},
    unistd::{chdir, chroot},
};

use super::{disks::Devices, error::BootError, mounts::directory};
use crate::log;

const IMAGE: &str = "/image";
const SYSTEM: &str = "/system";
const ROOT: &str = "/rootfs";

/// Where the system disk is mounted for a moment after the change of root.
const SYSTEM_AGAIN: &str = "/run/banger-system";

/// Directories that must not be on an overlay, because their programs make overlays of their
/// own, and where they are on the system disk.
const PLAIN_DIRECTORIES: [(&str, &str, u32); 2] = [
    ("/var/lib/docker", "docker", 0o710),
    ("/var/lib/containerd", "containerd", 0o711),
];

/// Options of the disks that the VM writes to: freed blocks go back to the host, and the
/// kernel does not fill the sparse file with the zeros that it reads there anyway.
pub const WRITABLE_DISK: &str = "discard,noinit_itable";

/// Mounts image and system disk, and the overlay of both.
pub fn assemble(devices: &Devices) -> Result<(), BootError> {
    for path in [IMAGE, SYSTEM, ROOT] {
        directory(Path::new(path), 0o755).map_err(BootError::at(format!("make {path}")))?;
    }
    // The image is shared with other VMs: nothing may replay its journal.
    mount(
        Some(&devices.image),
        IMAGE,
        Some("ext4"),
        MsFlags::MS_RDONLY | MsFlags::MS_NOATIME,
        Some("noload"),
    )
    .map_err(BootError::at("mount the image"))?;
    mount(
        Some(&devices.system),
        SYSTEM,
        Some("ext4"),
        MsFlags::MS_NOATIME,
        Some(WRITABLE_DISK),
    )
    .map_err(BootError::at("mount the system disk"))?;
    for path in ["/system/upper", "/system/work"] {
        directory(Path::new(path), 0o755).map_err(BootError::at(format!("make {path}")))?;
    }
    // redirect_dir: renaming a directory of the image works, as on any file system.
    mount(
        Some("overlay"),
        ROOT,
        Some("overlay"),
        MsFlags::empty(),
        Some("lowerdir=/image,upperdir=/system/upper,workdir=/system/work,redirect_dir=on"),
    )
    .map_err(BootError::at("mount the overlay"))
}

/// Makes the overlay the root of this process and of all that follow.
pub fn switch() -> Result<(), BootError> {
    // The overlay holds its layers; these mounts would only be out of sight.
    for path in ["/dev", "/proc", "/sys", IMAGE, SYSTEM] {
        if let Err(error) = umount2(path, MntFlags::MNT_DETACH) {
            log::warn(format_args!("cannot unmount {path}: {error}"));
        }
    }
    // Its memory stays as long as this program runs; its name would keep it for ever.
    if let Err(error) = fs::remove_file("/init") {
        log::warn(format_args!("cannot remove /init: {error}"));
    }
    let step = "change to the new root";
    chdir(ROOT).map_err(BootError::at(step))?;
    mount(Some("."), "/", None::<&str>, MsFlags::MS_MOVE, None::<&str>)
        .map_err(BootError::at(step))?;
    chroot(".").map_err(BootError::at(step))?;
    chdir("/").map_err(BootError::at(step))
}

/// Mounts directories of the system disk's own ext4 where the overlay would be in the way.
pub fn lay_plain_directories(system: &Path) -> Result<(), BootError> {
    let outer = Path::new(SYSTEM_AGAIN);
    let step = "mount directories of the system disk";
    directory(outer, 0o700).map_err(BootError::at(step))?;
    mount(
        Some(system),
        outer,
        Some("ext4"),
        MsFlags::MS_NOATIME,
        Some(WRITABLE_DISK),
    )
    .map_err(BootError::at(step))?;
    for (target, name, mode) in PLAIN_DIRECTORIES {
        let step = || format!("mount {target}");
        let source = outer.join(name);
        directory(&source, mode).map_err(BootError::at(step()))?;
        directory(Path::new(target), mode).map_err(BootError::at(step()))?;
        mount(
            Some(&source),
            target,
            None::<&str>,
            MsFlags::MS_BIND,
            None::<&str>,
        )
        .map_err(BootError::at(step()))?;
    }
    unmount_and_remove(outer).map_err(BootError::at(step))
}

/// Takes away a mount that was needed for a moment, with its mount point.
pub fn unmount_and_remove(path: &Path) -> io::Result<()> {
    umount2(path, MntFlags::empty())?;
    fs::remove_dir(path)
}
