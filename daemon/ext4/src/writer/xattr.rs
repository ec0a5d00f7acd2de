//! Which extended attributes ext4 can keep, and POSIX ACLs as the kernel takes them.

use crate::entry::{Metadata, Xattr};
use crate::path::NAME_MAX;

const ACL_ACCESS: &[u8] = b"system.posix_acl_access";
const ACL_DEFAULT: &[u8] = b"system.posix_acl_default";

/// Whether an attribute is of a namespace that ext4 has, and well formed. Others (those of
/// macOS or NFS, for instance) mean nothing to a Linux guest.
pub fn is_storable(xattr: &Xattr) -> bool {
    if xattr.name.contains(&0) {
        return false;
    }
    if xattr.name == ACL_ACCESS || xattr.name == ACL_DEFAULT {
        return is_posix_acl(&xattr.value);
    }
    [b"user.".as_slice(), b"trusted.", b"security."]
        .iter()
        .filter_map(|prefix| xattr.name.strip_prefix(*prefix))
        .any(|rest| (1..=NAME_MAX).contains(&rest.len()))
}

/// The metadata with the permissions that an access ACL implies: as the kernel does on
/// setxattr(2), owner and others are the ACL's, and the group's bits are the mask's, or the
/// group's own where there is no mask (acl(5), "CORRESPONDENCE BETWEEN ACL ENTRIES AND FILE
/// PERMISSION BITS"). Archives differ in what they put into the mode.
pub fn with_acl_mode(metadata: &Metadata, xattrs: &[Xattr]) -> Metadata {
    let mut metadata = *metadata;
    let acl = xattrs.iter().find(|xattr| xattr.name == ACL_ACCESS);
    let Some(entries) = acl.filter(|acl| is_posix_acl(&acl.value)) else {
        return metadata;
    };
    let permissions = |wanted: u8| {
        entries.value[4..]
            .chunks_exact(8)
            .find(|entry| entry[0] == wanted)
            .map(|entry| u16::from(entry[2]))
    };
    const USER_OBJ: u8 = 0x01;
    const GROUP_OBJ: u8 = 0x04;
    const MASK: u8 = 0x10;
    const OTHER: u8 = 0x20;
    for (bits, shift) in [
        (permissions(USER_OBJ), 6),
        (permissions(MASK).or_else(|| permissions(GROUP_OBJ)), 3),
        (permissions(OTHER), 0),
    ] {
        if let Some(bits) = bits {
            metadata.mode = metadata.mode & !(7 << shift) | bits << shift;
        }
    }
    metadata
}

/// The form of `linux/posix_acl_xattr.h`: a 32-bit version, 2, then entries of a 16-bit tag,
/// 16 bits of permissions and a 32-bit id. libext2fs does not check it, so we do.
fn is_posix_acl(value: &[u8]) -> bool {
    const TAGS: [u16; 6] = [0x01, 0x02, 0x04, 0x08, 0x10, 0x20];
    let Some(entries) = value.strip_prefix(&2u32.to_le_bytes()) else {
        return false;
    };
    !entries.is_empty()
        && entries.len().is_multiple_of(8)
        && entries.chunks_exact(8).all(|entry| {
            let tag = u16::from_le_bytes([entry[0], entry[1]]);
            let permissions = u16::from_le_bytes([entry[2], entry[3]]);
            TAGS.contains(&tag) && permissions <= 7
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storable(name: &[u8], value: &[u8]) -> bool {
        is_storable(&Xattr {
            name: name.to_vec(),
            value: value.to_vec(),
        })
    }

    #[test]
    fn namespaces() {
        assert!(storable(b"user.x", b""));
        assert!(storable(b"security.capability", b"\0\xff"));
        assert!(storable(b"trusted.overlay.opaque", b"y"));
        assert!(!storable(b"user.", b""));
        assert!(!storable(b"user.a\0b", b""));
        assert!(!storable(b"com.apple.quarantine", b""));
        assert!(!storable(b"system.nfs4_acl", b""));
        assert!(!storable(
            &[b"user.".as_slice(), &[b'x'; 256]].concat(),
            b""
        ));
    }

    #[test]
    fn acls_must_be_well_formed() {
        let good = [
            2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 0x20, 0, 5, 0, 255, 255, 255, 255,
        ];
        assert!(storable(ACL_ACCESS, &good));
        assert!(storable(ACL_DEFAULT, &good));
        assert!(!storable(ACL_ACCESS, &good[..19]));
        assert!(!storable(ACL_ACCESS, &good[..4]));
        assert!(!storable(ACL_ACCESS, b""));
        assert!(!storable(ACL_ACCESS, b"\x02"));
        let mut bad = good;
        bad[4] = 3;
        assert!(!storable(ACL_ACCESS, &bad));
    }

    #[test]
    fn the_mode_follows_the_acl() {
        let acl = |entries: &[[u8; 2]]| {
            let mut value = vec![2, 0, 0, 0];
            for [tag, permissions] in entries {
                value.extend([*tag, 0, *permissions, 0, 0, 0, 0, 0]);
            }
            vec![Xattr {
                name: ACL_ACCESS.to_vec(),
                value,
            }]
        };
        let mode = |xattrs: &[Xattr]| {
            let metadata = Metadata {
                mode: 0o4644,
                ..Metadata::default()
            };
            with_acl_mode(&metadata, xattrs).mode
        };
        assert_eq!(mode(&[]), 0o4644);
        assert_eq!(mode(&acl(&[[1, 7], [4, 5], [0x20, 1]])), 0o4751);
        assert_eq!(
            mode(&acl(&[[1, 6], [2, 7], [4, 4], [0x10, 6], [0x20, 0]])),
            0o4660
        );
        // What is malformed has no say.
        assert_eq!(mode(&acl(&[[3, 7]])), 0o4644);
    }
}
