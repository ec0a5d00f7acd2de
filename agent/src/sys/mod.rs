//! System calls that have no safe wrapper in a library: the only unsafe code of the agent.
//!
//! | file | duty |
//! |---|---|
//! | `process.rs` | fork, process names, pidfds, signals by number |
//! | `child.rs` | what a new process does between fork and exec |
//! | `terminal.rs` | pseudo terminals |
//! | `random.rs` | crediting entropy |
//! | `watch.rs` | descriptors in the asynchronous runtime |

#![allow(unsafe_code)]

pub mod child;
pub mod process;
pub mod random;
pub mod terminal;
pub mod watch;
