//! Which modules a guest needs.

/// What a guest cannot boot without, as modules or built in. They are loaded at boot, so
/// there is none here that can wait.
pub(crate) const BOOT: [&str; 6] = [
    "virtio_mmio",
    "virtio_blk",
    "virtio_net",
    "vmw_vsock_virtio_transport",
    "overlay",
    "ext4",
];

/// Modules to load right before one of [`BOOT`], where they are modules too: needed through
/// the kernel's crypto interface, which no dependency shows. libcrc32c and ext4 ask for
/// "crc32c" when they start (`softdep=pre: crc32c` in their .modinfo).
pub(super) const BEFORE: [(&str, &str); 2] =
    [("ext4", "crc32c_generic"), ("libcrc32c", "crc32c_generic")];

/// What is kept on disk for later, where it exists: names, `prefix*`, and `directory/` for
/// all below one.
///
/// Containers (bridges, overlays, NAT in both its kinds), VPNs, file sharing with the host,
/// and file systems that images are made of.
pub(super) const LATER: [&str; 89] = [
    // virtio devices that a VMM may offer.
    "virtio_pci",
    "virtio_rng",
    "virtio_console",
    "virtio_balloon",
    "virtio_mem",
    "virtio_pmem",
    "virtio_scsi",
    "virtio_crypto",
    "virtiofs",
    "9p",
    "9pnet_virtio",
    "vsock_loopback",
    "vsock_diag",
    // Packet filters.
    "kernel/net/netfilter/",
    "kernel/net/ipv4/netfilter/",
    "kernel/net/ipv6/netfilter/",
    "kernel/net/bridge/",
    // Links.
    "veth",
    "tun",
    "tap",
    "dummy",
    "ifb",
    "bonding",
    "ipvlan",
    "ipvtap",
    "macvlan",
    "macvtap",
    "vrf",
    "vxlan",
    "geneve",
    "8021q",
    "wireguard",
    "ip_gre",
    "ip6_gre",
    "ipip",
    "ip_vti",
    "sit",
    "ip6_tunnel",
    "kernel/net/sched/",
    "tcp_bbr",
    "inet_diag",
    "tcp_diag",
    "udp_diag",
    "raw_diag",
    "unix_diag",
    "netlink_diag",
    "af_packet_diag",
    "af_packet",
    "nlmon",
    "sctp",
    "xfrm_user",
    "xfrm_interface",
    "esp4",
    "esp6",
    "openvswitch",
    // File systems and block devices.
    "fuse",
    "cuse",
    "autofs4",
    "loop",
    "nbd",
    "brd",
    "zram",
    "squashfs",
    "erofs",
    "isofs",
    "vfat",
    "nls_utf8",
    "nls_ascii",
    "nls_cp437",
    "nls_iso8859_1",
    "binfmt_misc",
    "nfs",
    "nfsv4",
    "dm_mod",
    "dm_thin_pool",
    "dm_snapshot",
    "dm_crypt",
    // Crypto that programs and the modules above ask for by name.
    "crc32c*",
    "algif_*",
    "xts",
    "ecb",
    "cbc",
    "ctr",
    "gcm",
    "essiv",
    "authenc",
    "echainiv",
    "seqiv",
    "configs",
];

/// Whether the module `name` in `file`, relative to the tree, is to be kept.
pub(super) fn is_kept(name: &str, file: &str) -> bool {
    let is_before = BEFORE.iter().any(|(_, before)| *before == name);
    BOOT.contains(&name) || is_before || LATER.iter().any(|entry| matches(entry, name, file))
}

fn matches(entry: &str, name: &str, file: &str) -> bool {
    if entry.ends_with('/') {
        file.starts_with(entry)
    } else if let Some(prefix) = entry.strip_suffix('*') {
        name.starts_with(prefix)
    } else {
        entry == name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_prefixes_directories() {
        assert!(is_kept("overlay", "kernel/fs/overlayfs/overlay.ko"));
        assert!(is_kept("algif_hash", "kernel/crypto/algif_hash.ko"));
        assert!(is_kept("fuse", "kernel/fs/fuse/fuse.ko"));
        assert!(is_kept("xt_mark", "kernel/net/netfilter/xt_mark.ko"));
        assert!(!is_kept("xfs", "kernel/fs/xfs/xfs.ko"));
        assert!(!is_kept(
            "e1000",
            "kernel/drivers/net/ethernet/intel/e1000.ko"
        ));
        assert!(!is_kept("tunnel4", "kernel/net/ipv4/tunnel4.ko"));
    }

    #[test]
    fn names_are_normal() {
        for name in BOOT.iter().chain(LATER.iter()) {
            assert!(!name.contains('-') || name.ends_with('/'), "{name}");
        }
    }
}
