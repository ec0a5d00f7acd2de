//! The one KVM ioctl that tells whether a descriptor is KVM's.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

// KVM_GET_API_VERSION is _IO(0xAE, 0x00); Documentation/virt/kvm/api.rst, section 4.1.
nix::ioctl_none!(get_api_version, 0xAE, 0x00);

/// KVM's API version, 12 since Linux 2.6.22.
pub(crate) fn api_version(kvm: BorrowedFd<'_>) -> io::Result<i32> {
    // SAFETY: this ioctl takes no argument; a device that is not KVM answers ENOTTY.
    unsafe { get_api_version(kvm.as_raw_fd()) }.map_err(io::Error::from)
}
