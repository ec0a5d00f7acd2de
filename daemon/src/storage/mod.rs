//! Files of the host: where they are, and how VMs get theirs.
//!
//! ```text
//! <state>/store/                         records
//! <state>/images/<id>/rootfs.ext4        shared, read-only; work-seed.ext4 where it has one
//! <state>/kernels/<id>/vmlinux, modules/, modules.ext4
//! <state>/templates/ext4-<MiB>.img       empty disks to clone
//! <state>/initramfs/<key>.cpio           by kernel and agent
//! <state>/vms/<id>/system.ext4, home.ext4, console.log, vmm.log
//! <state>/trash/                         what is being removed
//! <runtime>/banger.sock                  the API
//! <runtime>/vms/<id>/                    sockets of a machine
//! ```
//!
//! | file | role |
//! |---|---|
//! | `layout.rs` | the paths above |
//! | `disks.rs` | a VM's disks, cloned from a template |
//! | `home_disk.rs` | a home disk of an image's work-seed |
//! | `initramfs.rs` | the initramfs of a kernel, built once |
//! | `modules_disk.rs` | the modules of a kernel as a disk, built once |
//! | `trash.rs` | large files on their way out |

mod disks;
mod home_disk;
mod initramfs;
mod layout;
mod modules_disk;
pub mod trash;

pub use disks::{DiskError, clone_disks};
pub use initramfs::InitramfsCache;
pub use layout::{Layout, VmFiles};
pub use modules_disk::{ModulesDiskError, modules_disk};
