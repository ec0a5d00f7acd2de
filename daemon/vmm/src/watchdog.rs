//! Tells a hung boot from a slow one.
//!
//! On a busy host a boot in software may take a minute and be fine; another stops for good
//! before its first line. What tells them apart is whether the guest still does anything,
//! which [`crate::Machine::progress`] samples.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

/// How long a boot may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootLimits {
    /// Without any progress for this long, it is hung.
    pub stall: Duration,
    /// All in all.
    pub total: Duration,
    /// How often progress is sampled.
    pub interval: Duration,
}

impl Default for BootLimits {
    /// 20 seconds without progress, 5 minutes in all, sampled each second.
    fn default() -> Self {
        Self {
            stall: Duration::from_secs(20),
            total: Duration::from_secs(300),
            interval: Duration::from_secs(1),
        }
    }
}

/// Why a boot was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BootFailure {
    /// The guest did nothing for [`BootLimits::stall`]. Starting it once more is worth it.
    #[error("the guest hung: nothing happened in it for {} s", .stalled.as_secs())]
    Hung {
        /// How long nothing had happened.
        stalled: Duration,
    },
    /// The guest kept doing something but was not up after [`BootLimits::total`].
    #[error("the guest was not up after {} s", .after.as_secs())]
    TooSlow {
        /// How long it had.
        after: Duration,
    },
}

/// Ends when the boot has failed, and never otherwise: await it beside what tells that the
/// guest is up, and drop it then. `sample` tells progress, nothing where it cannot be told
/// just now, which counts as no progress.
pub async fn watch_boot<S, F>(limits: BootLimits, mut sample: S) -> BootFailure
where
    S: FnMut() -> F,
    F: Future<Output = Option<u64>>,
{
    let begun = Instant::now();
    let mut progress = Progress::default();
    loop {
        tokio::time::sleep(limits.interval).await;
        // A VMM that does not answer must not keep its own watchdog from barking.
        let value = tokio::time::timeout(limits.interval, sample())
            .await
            .ok()
            .flatten();
        if let Some(failure) = progress.observe(begun.elapsed(), value, &limits) {
            return failure;
        }
    }
}

/// The decision, apart from clock and machine.
#[derive(Debug, Default)]
struct Progress {
    last_value: Option<u64>,
    last_change: Duration,
}

impl Progress {
    /// Takes in a sample made at `elapsed` since the boot began.
    fn observe(
        &mut self,
        elapsed: Duration,
        value: Option<u64>,
        limits: &BootLimits,
    ) -> Option<BootFailure> {
        if value.is_some() && value != self.last_value {
            self.last_value = value;
            self.last_change = elapsed;
        }
        let stalled = elapsed.saturating_sub(self.last_change);
        if stalled >= limits.stall {
            Some(BootFailure::Hung { stalled })
        } else if elapsed >= limits.total {
            Some(BootFailure::TooSlow { after: elapsed })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: BootLimits = BootLimits {
        stall: Duration::from_secs(20),
        total: Duration::from_secs(60),
        interval: Duration::from_secs(1),
    };

    /// Watches a guest whose progress is a function of the seconds since its start.
    async fn watch(progress: impl Fn(u64) -> Option<u64>) -> (BootFailure, u64) {
        let begun = Instant::now();
        let failure = watch_boot(LIMITS, || {
            let value = progress(begun.elapsed().as_secs());
            async move { value }
        })
        .await;
        (failure, begun.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_guest_that_never_does_anything_is_hung() {
        let (failure, after) = watch(|_| Some(0)).await;
        assert!(matches!(failure, BootFailure::Hung { .. }));
        assert_eq!(after, 21, "the first sample at 1 s, then 20 s of nothing");
    }

    #[tokio::test(start_paused = true)]
    async fn a_guest_that_stops_half_way_is_hung_20_s_later() {
        let (failure, after) = watch(|second| Some(second.min(15))).await;
        assert!(matches!(failure, BootFailure::Hung { .. }));
        assert_eq!(after, 35);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_guest_has_all_the_time_there_is() {
        let (failure, after) = watch(|second| Some(second / 15)).await;
        assert!(matches!(failure, BootFailure::TooSlow { .. }));
        assert_eq!(after, 60);
    }

    #[tokio::test(start_paused = true)]
    async fn a_vmm_that_does_not_answer_counts_as_hung() {
        assert!(matches!(watch(|_| None).await.0, BootFailure::Hung { .. }));
        let never = watch_boot(LIMITS, std::future::pending::<Option<u64>>);
        assert!(matches!(never.await, BootFailure::Hung { .. }));
    }

    #[test]
    fn going_backwards_is_progress_too() {
        let mut progress = Progress::default();
        let at = Duration::from_secs;
        assert_eq!(progress.observe(at(1), Some(5), &LIMITS), None);
        assert_eq!(progress.observe(at(20), Some(4), &LIMITS), None);
        assert_eq!(progress.observe(at(39), Some(4), &LIMITS), None);
        assert!(progress.observe(at(40), Some(4), &LIMITS).is_some());
    }
}
