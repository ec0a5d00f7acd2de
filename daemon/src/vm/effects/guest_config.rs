//! What a guest is told to become.

use std::net::{IpAddr, Ipv4Addr};

use banger_agent_protocol::config::{DiskName, Disks, GuestConfig, Network};
use banger_vmm::DiskRole;

use crate::{id, vm::VmRecord};

/// How many random bytes a guest gets: what its kernel's generator wants to be seeded
/// (random(4): 256 bits), twice.
const SEED: usize = 64;

/// The configuration as of now: clock and seed are fresh. The VM's kernel has a disk of
/// modules or not.
pub fn guest_config(record: &VmRecord, has_modules: bool) -> GuestConfig {
    let disk = |role: DiskRole| DiskName::Serial(role.serial().to_owned());
    GuestConfig {
        hostname: record.name.clone(),
        disks: Disks {
            image: disk(DiskRole::Image),
            system: disk(DiskRole::System),
            home: disk(DiskRole::Home),
            modules: has_modules.then(|| disk(DiskRole::Modules)),
        },
        network: match record.network {
            banger_api::Network::User => Some(user_network()),
            banger_api::Network::None => None,
        },
        authorized_keys: record.authorized_keys.clone(),
        wall_clock_ns: u64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or(0),
        random_seed: id::random_bytes::<SEED>().to_vec(),
    }
}

/// The addresses of QEMU's user network (qemu(1), `-netdev user`).
fn user_network() -> Network {
    let host = |last| IpAddr::V4(Ipv4Addr::new(10, 0, 2, last));
    Network {
        address: host(15),
        prefix_length: 24,
        gateway: Some(host(2)),
        name_servers: vec![host(3)],
        search_domains: Vec::new(),
        mtu: None,
    }
}
