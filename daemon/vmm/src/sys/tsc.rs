//! The processor's time stamp counter.

/// Its present value; nothing on a processor that has none or whose counter changes its pace.
#[cfg(target_arch = "x86_64")]
pub(crate) fn read() -> Option<u64> {
    use std::arch::x86_64::{__cpuid, _rdtsc};
    // Every x86_64 processor has CPUID. Leaf 0x8000_0007, EDX bit 8: the counter runs at one
    // pace in all states (Intel SDM volume 3, 18.17.1 "Invariant TSC"; AMD APM volume 3, E.4.6).
    let invariant = {
        let highest = __cpuid(0x8000_0000).eax;
        highest >= 0x8000_0007 && __cpuid(0x8000_0007).edx & (1 << 8) != 0
    };
    if !invariant {
        return None;
    }
    // SAFETY: every x86_64 processor has RDTSC, and Linux leaves it to user space.
    Some(unsafe { _rdtsc() })
}

/// No such counter.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn read() -> Option<u64> {
    None
}
