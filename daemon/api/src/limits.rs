//! How small and how large a VM can be. All who read such a number, in a request, on the command
//! line or in the settings, read it with these.

use std::ops::RangeInclusive;

/// A VM's processors. Firecracker's own limit is 32 (`MAX_SUPPORTED_VCPUS` of its machine
/// configuration), and all VMMs are to take the same requests.
pub const VCPUS: RangeInclusive<u16> = 1..=32;

/// A VM's memory, in MiB: a kernel and its initramfs do not start in less than the first.
pub const MEMORY_MIB: RangeInclusive<u32> = 64..=1 << 20;

/// A disk's or an image's size, in MiB: mke2fs makes no sensible file system that is smaller,
/// and ext4 with blocks of 4 KiB and 32-bit block numbers ends at 16 TiB
/// (Documentation/filesystems/ext4/blocks.rst).
pub const DISK_MIB: RangeInclusive<u64> = 64..=16 << 20;

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use utoipa::PartialSchema;

    use super::*;
    use crate::{CreateVm, PullImage, RegisterImage};

    /// The document's numbers are written by hand: an attribute takes no constant.
    #[test]
    fn the_document_says_the_same() {
        let field = |schema: &Value, name: &str| {
            let field = &schema["properties"][name];
            (field["minimum"].as_u64(), field["maximum"].as_u64())
        };
        let schema = serde_json::to_value(CreateVm::schema()).unwrap();
        let (least, most) = (*VCPUS.start(), *VCPUS.end());
        let vcpus = (Some(u64::from(least)), Some(u64::from(most)));
        assert_eq!(field(&schema, "vcpus"), vcpus);
        let (least, most) = (*MEMORY_MIB.start(), *MEMORY_MIB.end());
        let memory = (Some(u64::from(least)), Some(u64::from(most)));
        assert_eq!(field(&schema, "memory_mib"), memory);
        let disk = (Some(*DISK_MIB.start()), Some(*DISK_MIB.end()));
        assert_eq!(field(&schema, "disk_mib"), disk);
        for schema in [PullImage::schema(), RegisterImage::schema()] {
            let schema = serde_json::to_value(schema).unwrap();
            assert_eq!(field(&schema, "disk_mib"), disk);
        }
    }
}
