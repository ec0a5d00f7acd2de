//! The pace of the host's time stamp counter.
//!
//! Under TCG a guest's counter is the host's. A guest kernel that measures it against an
//! emulated timer on a busy host gets it wrong, or gives up and hangs; told its pace by
//! `tsc_early_khz=` it need not measure
//! (Documentation/admin-guide/kernel-parameters.txt).

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

use crate::sys;

/// How long a measurement takes. Its error is the jitter of two clock reads, some hundred
/// nanoseconds, over this: a few parts in a million.
const MEASURED_OVER: Duration = Duration::from_millis(30);

/// The counter's pace in kHz, measured once and kept; nothing where the processor has no
/// counter of constant pace. The first call sleeps for 30 ms.
pub fn host_tsc_khz() -> Option<u32> {
    static MEASURED: OnceLock<Option<u32>> = OnceLock::new();
    *MEASURED.get_or_init(measure)
}

fn measure() -> Option<u32> {
    let (start_ticks, start_ns) = sample()?;
    std::thread::sleep(MEASURED_OVER);
    let (end_ticks, end_ns) = sample()?;
    khz(
        end_ticks.checked_sub(start_ticks)?,
        end_ns.checked_sub(start_ns)?,
    )
}

/// The counter and CLOCK_MONOTONIC_RAW in ns, read together: of several tries the one that
/// took the least time, so that being scheduled away in between does not count.
fn sample() -> Option<(u64, u64)> {
    let mut best: Option<(Duration, (u64, u64))> = None;
    for _ in 0..8 {
        let begun = Instant::now();
        let ticks = sys::tsc::read()?;
        let clock = clock_gettime(ClockId::CLOCK_MONOTONIC_RAW).ok()?;
        let took = begun.elapsed();
        let ns = u64::try_from(Duration::from(clock).as_nanos()).ok()?;
        if best.is_none_or(|(shortest, _)| took < shortest) {
            best = Some((took, (ticks, ns)));
        }
    }
    best.map(|(_, pair)| pair)
}

/// Ticks over nanoseconds in kHz, rounded.
fn khz(ticks: u64, ns: u64) -> Option<u32> {
    let scaled = u128::from(ticks) * 1_000_000;
    let ns = u128::from(ns);
    let rounded = (scaled + ns / 2).checked_div(ns)?;
    u32::try_from(rounded).ok().filter(|&khz| khz > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_over_nanoseconds_are_khz() {
        assert_eq!(khz(78_000_000, 30_000_000), Some(2_600_000));
        assert_eq!(khz(77_999_999, 30_000_000), Some(2_600_000));
    }

    #[test]
    fn a_standstill_is_no_pace() {
        assert_eq!(khz(1, 0), None);
        assert_eq!(khz(0, 30_000_000), None);
    }

    #[test]
    fn two_measurements_agree_within_a_permille() {
        let (Some(first), Some(second)) = (measure(), measure()) else {
            println!("skipped: this processor has no counter of constant pace");
            return;
        };
        assert!(first.abs_diff(second) < first / 1000, "{first} {second}");
    }
}
