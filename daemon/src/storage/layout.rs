//! Where everything is.

use std::path::{Path, PathBuf};

/// The two directories that everything is in.
#[derive(Clone, Debug)]
pub struct Layout {
    /// What lasts.
    pub state_dir: PathBuf,
    /// What ends with the machine's uptime; short, for it holds sockets.
    pub runtime_dir: PathBuf,
}

/// What a VM has on disk.
#[derive(Clone, Debug)]
pub struct VmFiles {
    /// The directory of all of it.
    pub directory: PathBuf,
    /// The overlay's upper layer.
    pub system: PathBuf,
    /// /root.
    pub home: PathBuf,
    /// The serial console.
    pub console_log: PathBuf,
    /// The VMM's own output.
    pub vmm_log: PathBuf,
    /// The directory of its machine's sockets.
    pub runtime_dir: PathBuf,
}

impl Layout {
    /// The records.
    pub fn store(&self) -> PathBuf {
        self.state_dir.join("store")
    }

    /// An image's root file system.
    pub fn image(&self, id: &str) -> PathBuf {
        self.images().join(id).join("rootfs.ext4")
    }

    /// What the home disks of an image's VMs begin as, where it has such a thing.
    pub fn work_seed(&self, id: &str) -> PathBuf {
        self.images().join(id).join("work-seed.ext4")
    }

    /// All images.
    pub fn images(&self) -> PathBuf {
        self.state_dir.join("images")
    }

    /// Layers of images, by digest.
    pub fn blobs(&self) -> PathBuf {
        self.state_dir.join("blobs")
    }

    /// Passwords for registries.
    pub fn logins(&self) -> PathBuf {
        self.state_dir.join("registries.json")
    }

    /// A kernel's directory.
    pub fn kernel(&self, id: &str) -> PathBuf {
        self.state_dir.join("kernels").join(id)
    }

    /// Empty disks.
    pub fn templates(&self) -> PathBuf {
        self.state_dir.join("templates")
    }

    /// Built initramfs archives.
    pub fn initramfs(&self) -> PathBuf {
        self.state_dir.join("initramfs")
    }

    /// All VMs' directories.
    pub fn vms(&self) -> PathBuf {
        self.state_dir.join("vms")
    }

    /// What is being removed.
    pub fn trash(&self) -> PathBuf {
        self.state_dir.join("trash")
    }

    /// All machines' socket directories.
    pub fn machines(&self) -> PathBuf {
        self.runtime_dir.join("vms")
    }

    /// What a VM has.
    pub fn vm(&self, id: &str) -> VmFiles {
        let directory = self.vms().join(id);
        let file = |name: &str| Path::join(&directory, name);
        VmFiles {
            system: file("system.ext4"),
            home: file("home.ext4"),
            console_log: file("console.log"),
            vmm_log: file("vmm.log"),
            runtime_dir: self.machines().join(id),
            directory,
        }
    }
}
