//! What a guest is to become: sent at cold boot and again after a snapshot restore.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// All settings of a guest. Nothing is patched into a disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuestConfig {
    /// The host name, a DNS label.
    pub hostname: String,
    /// Where the root file system comes from.
    pub disks: Disks,
    /// The network card's settings; none where the VM has no card.
    pub network: Option<Network>,
    /// Lines for root's authorized_keys, in OpenSSH's format.
    pub authorized_keys: Vec<String>,
    /// The host's wall clock when this was sent, in nanoseconds since 1970 (UTC).
    pub wall_clock_ns: u64,
    /// Random bytes that the guest's kernel mixes in and credits, base64.
    #[serde(with = "base64_bytes")]
    pub random_seed: Vec<u8>,
}

/// The VM's disks by role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disks {
    /// The image: read-only ext4, shared by all VMs that boot it.
    pub image: DiskName,
    /// The VM's own ext4: the overlay's upper layer, and directories that must not be on an
    /// overlay.
    pub system: DiskName,
    /// The ext4 mounted at /root.
    pub home: DiskName,
    /// The kernel's modules, read-only ext4 in the form of /lib/modules/RELEASE; none where
    /// the kernel has none.
    #[serde(default)]
    pub modules: Option<DiskName>,
}

/// How a guest finds one of its disks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskName {
    /// The virtio-blk serial (`/sys/block/*/serial`), at most 20 bytes.
    Serial(String),
    /// The kernel's name, such as `vda`, where the VMM gives no serials.
    Device(String),
}

/// Static settings of the only network card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The guest's address.
    pub address: IpAddr,
    /// The length of the network's prefix, in bits.
    pub prefix_length: u8,
    /// The default route's gateway.
    pub gateway: Option<IpAddr>,
    /// Resolvers for /etc/resolv.conf.
    pub name_servers: Vec<IpAddr>,
    /// Search domains for /etc/resolv.conf.
    pub search_domains: Vec<String>,
    /// The interface's maximum transmission unit, in bytes; the kernel's default where absent.
    pub mtu: Option<u32>,
}

/// Bytes as base64 text in JSON.
pub(crate) mod base64_bytes {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD
            .decode(String::deserialize(deserializer)?)
            .map_err(D::Error::custom)
    }
}
