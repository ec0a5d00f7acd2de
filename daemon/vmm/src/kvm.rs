//! Whether KVM is usable, which is more than whether /dev/kvm opens.
//!
//! Some clouds serve /dev/kvm inside their own guests by a paravirtual backend: machines can
//! be made with it, and then stock kernels hang right after their decompressor. KVM counts
//! as usable only with a backend that drives the processor's own virtualisation.

use std::fs::OpenOptions;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::sys;

/// The API version of every KVM since Linux 2.6.22; others are to be refused
/// (Documentation/virt/kvm/api.rst, section 4.1).
const API_VERSION: i32 = 12;

/// The modules that drive a processor's own virtualisation. Built-in ones are listed in
/// /sys/module as well.
const HARDWARE_BACKENDS: [&str; 2] = ["kvm_intel", "kvm_amd"];

/// Whether KVM is usable, and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KvmVerdict {
    /// It is, by this backend.
    Usable {
        /// The kernel module.
        backend: &'static str,
    },
    /// There is no /dev/kvm.
    Absent,
    /// /dev/kvm is not ours to open.
    Denied,
    /// /dev/kvm opens or answers in no way that KVM does; what the system said.
    Broken(String),
    /// /dev/kvm answers, but no hardware backend serves it.
    NoHardwareBackend,
}

impl KvmVerdict {
    /// Whether machines can be run with it.
    pub fn is_usable(&self) -> bool {
        matches!(self, Self::Usable { .. })
    }
}

impl std::fmt::Display for KvmVerdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Usable { backend } => write!(f, "KVM is usable ({backend})"),
            Self::Absent => f.write_str(
                "there is no /dev/kvm: the processor's virtualisation is off, hidden from this \
                 machine, or its kernel module is not loaded",
            ),
            Self::Denied => f.write_str(
                "/dev/kvm may not be opened: add the user to the group that owns it, usually \
                 `usermod -aG kvm <user>`",
            ),
            Self::Broken(message) => write!(f, "/dev/kvm does not answer as KVM: {message}"),
            Self::NoHardwareBackend => f.write_str(
                "/dev/kvm opens but neither kvm_intel nor kvm_amd serves it, so stock kernels \
                 hang in it",
            ),
        }
    }
}

/// Where to look; the host's own by default.
#[derive(Clone, Debug)]
struct Places {
    device: PathBuf,
    modules: PathBuf,
}

/// The host's verdict, found anew at each call; takes microseconds.
pub fn verdict() -> KvmVerdict {
    verdict_at(&Places {
        device: PathBuf::from("/dev/kvm"),
        modules: PathBuf::from("/sys/module"),
    })
}

fn verdict_at(places: &Places) -> KvmVerdict {
    let device = match OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(nix::libc::O_CLOEXEC)
        .open(&places.device)
    {
        Ok(device) => device,
        Err(error) => {
            return match error.kind() {
                std::io::ErrorKind::NotFound => KvmVerdict::Absent,
                std::io::ErrorKind::PermissionDenied => KvmVerdict::Denied,
                _ => KvmVerdict::Broken(error.to_string()),
            };
        }
    };
    match sys::kvm::api_version(device.as_fd()) {
        Ok(API_VERSION) => {}
        Ok(other) => return KvmVerdict::Broken(format!("its API version is {other}, not 12")),
        Err(error) => return KvmVerdict::Broken(error.to_string()),
    }
    match hardware_backend(&places.modules) {
        Some(backend) => KvmVerdict::Usable { backend },
        None => KvmVerdict::NoHardwareBackend,
    }
}

fn hardware_backend(modules: &Path) -> Option<&'static str> {
    HARDWARE_BACKENDS
        .into_iter()
        .find(|name| modules.join(name).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(directory: &Path) -> Places {
        Places {
            device: directory.join("kvm"),
            modules: directory.join("module"),
        }
    }

    #[test]
    fn no_device_is_absent() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(verdict_at(&places(directory.path())), KvmVerdict::Absent);
    }

    #[test]
    fn a_file_in_its_place_is_broken() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("kvm"), b"").unwrap();
        let verdict = verdict_at(&places(directory.path()));
        assert!(matches!(verdict, KvmVerdict::Broken(_)), "{verdict:?}");
    }

    #[test]
    fn a_paravirtual_backend_is_no_hardware_backend() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("kvm_pvm")).unwrap();
        assert_eq!(hardware_backend(directory.path()), None);
        std::fs::create_dir(directory.path().join("kvm_amd")).unwrap();
        assert_eq!(hardware_backend(directory.path()), Some("kvm_amd"));
    }

    #[test]
    fn the_host_gets_a_verdict_with_a_reason() {
        assert!(verdict().to_string().contains("kvm") || verdict().is_usable());
    }
}
