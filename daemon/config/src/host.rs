//! The host's size. The only file of this crate that asks the kernel about it.

/// What the host has for VMs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostSize {
    /// Processors that this process may use: the affinity mask and the cgroup's quota count.
    pub cpus: u32,
    /// Memory, in bytes.
    pub memory_bytes: u64,
}

impl HostSize {
    /// This host's; `None` when the kernel does not say.
    pub fn read() -> Option<Self> {
        let cpus = std::thread::available_parallelism().ok()?;
        let meminfo = std::fs::read_to_string("/proc/meminfo").ok()?;
        Some(HostSize {
            cpus: u32::try_from(cpus.get()).ok()?,
            memory_bytes: total_memory(&meminfo)?,
        })
    }
}

/// `MemTotal` of `/proc/meminfo` (proc_meminfo(5)), whose kB are kibibytes, in bytes.
fn total_memory(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_from_meminfo() {
        let text = "MemTotal:       16318412 kB\nMemFree:         1024 kB\n";
        assert_eq!(total_memory(text), Some(16_318_412 * 1024));
        for odd in ["", "MemTotal: kB", "MemTotal: 5 MB", "MemFree: 1 kB"] {
            assert_eq!(total_memory(odd), None, "{odd}");
        }
    }

    #[test]
    fn this_host_has_a_size() {
        let size = HostSize::read().unwrap();
        assert!(size.cpus >= 1);
        assert!(size.memory_bytes > 64 << 20);
    }
}
