//! The first process of every banger VM, and its ear on vsock.
//!
//! ```text
//! kernel ── /init (this program, process 1)
//!             │ boot/       mounts, modules, hello, disks, overlay, settings, switch root
//!             ├─ fork ──> server/  answers the host: exec/, files/, facts, settings/, network
//!             └─ exec ──> the image's init, or init/ where the image has none
//! ```
//!
//! | file | duty |
//! |---|---|
//! | `boot/` | from the kernel's hand to a running system |
//! | `init/` | process 1 of images without an init; which init runs, and how it powers off |
//! | `server/` | the vsock listener, one conversation per connection |
//! | `exec/` | commands: sessions, pipes, terminals, time limits |
//! | `files/` | tar streams in and out |
//! | `settings/` | host name, resolver, keys, clock, random seed |
//! | `extended_attributes.rs` | those of files, copied and in archives |
//! | `network.rs` | addresses and routes by netlink |
//! | `facts.rs` | what the guest tells of itself |
//! | `log.rs` | the kernel's log |
//! | `sys/` | system calls without a safe wrapper; the only unsafe code |

mod boot;
mod exec;
mod extended_attributes;
mod facts;
mod files;
mod init;
mod log;
mod network;
mod server;
mod settings;
mod sys;

use std::{io::Write, process::ExitCode};

fn main() -> ExitCode {
    if std::process::id() == 1 {
        boot::run()
    }
    // Somebody looks at the file outside of a VM.
    let _ = writeln!(
        std::io::stderr(),
        "banger-agent {}: the first process of a banger VM; it does nothing elsewhere",
        env!("CARGO_PKG_VERSION")
    );
    ExitCode::from(2)
}
