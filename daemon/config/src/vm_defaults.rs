//! What a VM gets when its creator says nothing: from the settings, else a share of the
//! host, else constants. `doctor` shows the result.

use crate::host::HostSize;
use crate::settings::{Setting, Settings};
use banger_api::size::MIB;
use banger_api::{DefaultSource, VmDefaults};

const CONSTANT_VCPUS: u16 = 1;
const CONSTANT_MEMORY_MIB: u32 = 1024;
const DISK_MIB: u64 = 8 * 1024;

/// A quarter of the host's processors, at most this many.
const HOST_VCPUS: std::ops::RangeInclusive<u32> = 1..=4;
/// An eighth of the host's memory, at least and at most this, in MiB.
const HOST_MEMORY_MIB: std::ops::RangeInclusive<u64> = 256..=8 * 1024;

impl Settings {
    /// Resolves what VMs get. `host` is `None` when its size is not known.
    pub fn vm_defaults(&self, host: Option<HostSize>) -> VmDefaults {
        let written = &self.vm_defaults;
        let (vcpus, vcpus_from) = choose(
            written.vcpus.as_ref(),
            host.and_then(host_vcpus),
            CONSTANT_VCPUS,
        );
        let (memory_mib, memory_from) = choose(
            written.memory_mib.as_ref(),
            host.and_then(host_memory_mib),
            CONSTANT_MEMORY_MIB,
        );
        // Disks are sparse: their size does not follow the host's.
        let (disk_mib, disk_from) = choose(written.disk_mib.as_ref(), None, DISK_MIB);
        VmDefaults {
            vcpus,
            vcpus_from,
            memory_mib,
            memory_from,
            disk_mib,
            disk_from,
            image: written.image.value.clone(),
            kernel: written.kernel.value.clone(),
        }
    }
}

fn choose<T: Copy>(
    written: Option<&Setting<T>>,
    host: Option<T>,
    constant: T,
) -> (T, DefaultSource) {
    match (written, host) {
        (Some(setting), _) => (setting.value, DefaultSource::Config),
        (None, Some(value)) => (value, DefaultSource::Host),
        (None, None) => (constant, DefaultSource::Constant),
    }
}

fn host_vcpus(host: HostSize) -> Option<u16> {
    let quarter = (host.cpus / 4).clamp(*HOST_VCPUS.start(), *HOST_VCPUS.end());
    u16::try_from(quarter).ok()
}

fn host_memory_mib(host: HostSize) -> Option<u32> {
    let eighth =
        (host.memory_bytes / 8 / MIB).clamp(*HOST_MEMORY_MIB.start(), *HOST_MEMORY_MIB.end());
    u32::try_from(eighth).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;
    use proptest::prelude::*;

    fn settings(text: &str) -> Settings {
        let environment = Environment {
            home: Some("/home/ann".into()),
            ..Environment::default()
        };
        Settings::resolve(&environment, "config.toml".into(), Some(text)).unwrap()
    }

    fn host(cpus: u32, gib: u64) -> Option<HostSize> {
        Some(HostSize {
            cpus,
            memory_bytes: gib << 30,
        })
    }

    #[test]
    fn a_host_gives_a_share() {
        for (cpus, gib, vcpus, memory_mib) in [
            (1, 1, 1, 256),
            (2, 8, 1, 1024),
            (8, 16, 2, 2048),
            (16, 64, 4, 8192),
            (128, 1024, 4, 8192),
        ] {
            let defaults = settings("").vm_defaults(host(cpus, gib));
            assert_eq!((defaults.vcpus, defaults.memory_mib), (vcpus, memory_mib));
            assert_eq!(defaults.vcpus_from, DefaultSource::Host);
            assert_eq!(defaults.memory_from, DefaultSource::Host);
            assert_eq!(defaults.disk_mib, 8192);
            assert_eq!(defaults.disk_from, DefaultSource::Constant);
        }
    }

    #[test]
    fn without_a_host_there_are_constants() {
        let defaults = settings("").vm_defaults(None);
        assert_eq!(
            defaults,
            VmDefaults {
                vcpus: 1,
                vcpus_from: DefaultSource::Constant,
                memory_mib: 1024,
                memory_from: DefaultSource::Constant,
                disk_mib: 8192,
                disk_from: DefaultSource::Constant,
                image: "debian-bookworm".into(),
                kernel: "debian-cloud".into(),
            }
        );
    }

    #[test]
    fn what_is_written_wins_key_by_key() {
        let defaults =
            settings("[vm_defaults]\nvcpus = 3\ndisk_size = \"20G\"\nimage = \"alpine\"")
                .vm_defaults(host(64, 512));
        assert_eq!(
            (defaults.vcpus, defaults.vcpus_from),
            (3, DefaultSource::Config)
        );
        assert_eq!(
            (defaults.memory_mib, defaults.memory_from),
            (8192, DefaultSource::Host)
        );
        assert_eq!(
            (defaults.disk_mib, defaults.disk_from),
            (20480, DefaultSource::Config)
        );
        assert_eq!(defaults.image, "alpine");
    }

    proptest! {
        #[test]
        fn any_host_gives_a_vm_that_fits_the_limits(cpus: u32, memory_bytes: u64) {
            let defaults = settings("").vm_defaults(Some(HostSize { cpus, memory_bytes }));
            prop_assert!((1..=4).contains(&defaults.vcpus));
            prop_assert!((256..=8192).contains(&defaults.memory_mib));
        }
    }
}
