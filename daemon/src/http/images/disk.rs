//! How large VMs' disks can be.

use banger_api::{Problem, limits::DISK_MIB};

use crate::registry::check_range;

/// That VMs' disks can have the size that stands in that field, in MiB.
///
/// # Errors
/// Which sizes they can have.
pub fn check_disk(field: &str, mib: Option<u64>) -> Result<(), Problem> {
    mib.map_or(Ok(()), |mib| check_range(field, mib, &DISK_MIB, " (MiB)"))
}
