//! What the guest tells of itself.

use std::{collections::BTreeSet, fs, os::unix::fs::MetadataExt, path::Path};

use banger_agent_protocol::{
    VERSION,
    facts::{DiskFacts, Facts, Health},
};
use nix::sys::statvfs::statvfs;

/// The VM's disks by mount point: the overlay shows the system disk's figures.
const DISKS: [&str; 2] = ["/", "/root"];

/// The answer to a health request.
pub fn health() -> Health {
    Health {
        protocol: VERSION,
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        boot_id: read("/proc/sys/kernel/random/boot_id").trim().to_owned(),
    }
}

/// Looks at the system as it is now. What cannot be read is zero.
pub fn gather() -> Facts {
    let memory = read("/proc/meminfo");
    let uptime: f64 = first_numbers::<1>(&read("/proc/uptime"))[0];
    Facts {
        uptime_ms: (uptime * 1000.0) as u64,
        load_average: first_numbers(&read("/proc/loadavg")),
        memory_total: memory_field(&memory, "MemTotal"),
        memory_available: memory_field(&memory, "MemAvailable"),
        disks: disks(),
        kernel_release: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        os: pretty_name(&read("/etc/os-release")),
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn disks() -> Vec<DiskFacts> {
    let mut seen = BTreeSet::new();
    DISKS
        .into_iter()
        .filter(|path| {
            Path::new(path)
                .metadata()
                .is_ok_and(|of| seen.insert(of.dev()))
        })
        .filter_map(|path| {
            let of = statvfs(path).ok()?;
            Some(DiskFacts {
                mount_point: path.to_owned(),
                total: of.blocks() * of.fragment_size(),
                available: of.blocks_available() * of.fragment_size(),
            })
        })
        .collect()
}

/// The first numbers of a line; zero where there are fewer.
fn first_numbers<const N: usize>(line: &str) -> [f64; N] {
    let mut numbers = [0.0; N];
    for (slot, word) in numbers.iter_mut().zip(line.split_whitespace()) {
        *slot = word.parse().unwrap_or(0.0);
    }
    numbers
}

/// A field of /proc/meminfo, which counts in KiB (proc(5)), in bytes.
fn memory_field(memory: &str, name: &str) -> u64 {
    memory
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .and_then(|value| value.split_whitespace().next()?.parse::<u64>().ok())
        .map_or(0, |kib| kib.saturating_mul(1024))
}

/// PRETTY_NAME of os-release(5).
fn pretty_name(text: &str) -> Option<String> {
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(value.trim().trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_in_bytes() {
        let text = "MemTotal:         2048 kB\nMemFree: 1 kB\nMemAvailable:\t3 kB\n";
        assert_eq!(memory_field(text, "MemTotal"), 2048 * 1024);
        assert_eq!(memory_field(text, "MemAvailable"), 3072);
        assert_eq!(memory_field(text, "Mem"), 0);
    }

    #[test]
    fn the_systems_name_is_unquoted() {
        let text = "NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
        assert_eq!(
            pretty_name(text).as_deref(),
            Some("Debian GNU/Linux 12 (bookworm)")
        );
        assert_eq!(pretty_name("NAME=x"), None);
    }

    #[test]
    fn loads_are_the_first_three_numbers() {
        assert_eq!(first_numbers::<3>("0.5 1.25 2 1/99 7\n"), [0.5, 1.25, 2.0]);
        assert_eq!(first_numbers::<3>("0.5"), [0.5, 0.0, 0.0]);
    }

    #[test]
    fn this_machine_has_facts() {
        let facts = gather();
        assert!(facts.memory_total > 0 && facts.memory_available <= facts.memory_total);
        assert!(facts.uptime_ms > 0);
        assert_eq!(
            facts.disks.first().map(|disk| disk.mount_point.as_str()),
            Some("/")
        );
    }
}
