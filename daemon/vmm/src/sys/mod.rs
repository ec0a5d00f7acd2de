//! The only unsafe code of this crate: system calls that no library wraps, the child's side
//! of a fork, descriptors lent to the runtime, and the processor's time stamp counter.

#![allow(unsafe_code)]

pub(crate) mod child;
pub(crate) mod kvm;
pub(crate) mod pidfd;
pub(crate) mod readiness;
pub(crate) mod tsc;
