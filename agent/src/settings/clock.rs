//! The wall clock.

use std::time::Duration;

use nix::{
    errno::Errno,
    sys::time::TimeSpec,
    time::{ClockId, clock_settime},
};

/// Steps the wall clock to `wall_clock_ns` nanoseconds since 1970 (UTC).
///
/// # Errors
/// When the kernel refuses.
pub fn step(wall_clock_ns: u64) -> Result<(), Errno> {
    clock_settime(
        ClockId::CLOCK_REALTIME,
        TimeSpec::from_duration(Duration::from_nanos(wall_clock_ns)),
    )
}
