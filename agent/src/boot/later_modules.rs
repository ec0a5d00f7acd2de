//! The kernel's modules at /lib/modules/RELEASE, so that modprobe, and the kernel when it runs
//! modprobe by itself, find what they need.
//!
//! Called within the new root: an image whose /lib is a link to usr/lib gets them there. A
//! guest without them is of use; what fails here is told and no more.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use nix::mount::{MsFlags, mount};

use super::mounts::directory;
use crate::log;

/// Mounts the disk, unless the image has modules of this kernel itself or no /lib at all.
pub fn lay(disk: &Path) {
    if let Err(error) = lay_in(Path::new("/"), disk) {
        log::warn(format_args!("cannot mount the kernel's modules: {error}"));
    }
}

fn lay_in(root: &Path, disk: &Path) -> io::Result<()> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let Some(place) = place(root, release.trim()) else {
        return Ok(());
    };
    directory(&place, 0o755)?;
    mount(
        Some(disk),
        &place,
        Some("ext4"),
        MsFlags::MS_RDONLY | MsFlags::MS_NOATIME | MsFlags::MS_NOSUID | MsFlags::MS_NODEV,
        Some("noload"),
    )
    .map_err(io::Error::from)
}

/// Where they go; nowhere where they would hide the image's own, or nobody looks for them.
fn place(root: &Path, release: &str) -> Option<PathBuf> {
    let library = root.join("lib");
    if release.is_empty() || !library.is_dir() {
        return None;
    }
    let place = library.join("modules").join(release);
    let is_taken = ["kernel", "modules.dep"]
        .iter()
        .any(|name| place.join(name).symlink_metadata().is_ok());
    (!is_taken).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_go_below_lib_unless_the_image_has_its_own() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        assert_eq!(place(root.path(), "6.1"), None);
        fs::create_dir_all(path("usr/lib")).unwrap();
        std::os::unix::fs::symlink("usr/lib", path("lib")).unwrap();
        assert_eq!(place(root.path(), ""), None);
        assert_eq!(place(root.path(), "6.1"), Some(path("lib/modules/6.1")));
        // An image may have other kernels' modules, or an empty directory for these.
        fs::create_dir_all(path("usr/lib/modules/6.1")).unwrap();
        fs::create_dir_all(path("usr/lib/modules/5.10/kernel")).unwrap();
        assert_eq!(place(root.path(), "6.1"), Some(path("lib/modules/6.1")));
        assert_eq!(place(root.path(), "5.10"), None);
    }
}
