//! The harness of the tests of the whole: a daemon in a home of its own, real VMs, the real
//! command line, the live API.
//!
//! A test makes a [`Home`], which clones a template with a kernel and images, and uses the
//! command line ([`Home::banger`]) or the API ([`Home::api`]) in it. When the home is
//! dropped, its daemon and VMs are stopped, and it is an error if anything is left: a
//! process, a mount, a socket.
//!
//! | file | role |
//! |---|---|
//! | `checkout.rs` | where the built programs and the test data of this checkout are |
//! | `host.rs` | what the host must have; a test that it cannot run says so |
//! | `template.rs` | a kernel and images, made once per checkout by the real commands |
//! | `distribution.rs` | Debian with each of its inits, made once per checkout |
//! | `home.rs` | a daemon's directories, cloned from the template |
//! | `daemon.rs` | starting, stopping and killing the daemon |
//! | `command.rs` | calls of `banger` and other programs, and what came of them |
//! | `terminal.rs` | a program on a terminal of its own |
//! | `api.rs` | HTTP over the daemon's socket |
//! | `guest.rs` | a VM made through the API, and commands in it |
//! | `residue.rs` | processes and mounts that name a directory |
//! | `archive.rs` | root file system tars, made on the spot |
//! | `registry/` | registries of images: Debian's, and one that fails on purpose |
//! | `web.rs` | files of a web server on loopback |
//! | `repository.rs` | git repositories, made on the spot |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests fail by panicking, and tell of it on stderr"
)]

pub mod api;
pub mod archive;
pub mod checkout;
pub mod command;
pub mod daemon;
pub mod distribution;
pub mod guest;
pub mod home;
pub mod host;
pub mod registry;
pub mod repository;
pub mod residue;
pub mod template;
pub mod terminal;
pub mod web;

pub use api::{Api, Reply};
pub use command::{Banger, Finished};
pub use guest::{Guest, Ran};
pub use home::Home;
pub use repository::Repository;
pub use terminal::Terminal;
