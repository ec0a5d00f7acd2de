//! From the kernel's hand to a running system.
//!
//! ```text
//! early mounts ── modules ──┬── hello (a thread, as soon as vsock works)
//!                           └── configuration ── disks ── overlay ── switch root
//!     ── mounts ── home ── settings ── fork ─┬─ server: listens, network, Ready
//!                                            └─ waits for that, then becomes the image's init
//! ```
//!
//! | file | duty |
//! |---|---|
//! | `mounts.rs` | kernel file systems, in the initramfs and in the image |
//! | `modules.rs` | kernel modules that the boot needs |
//! | `later_modules.rs` | those that the guest may ask for later |
//! | `hello.rs` | the conversation with the host |
//! | `disks.rs` | finding block devices |
//! | `root.rs` | the overlay, and changing to it |
//! | `home.rs` | the home disk and its first contents |
//! | `copy_tree.rs` | copying a directory with all that belongs to it |
//! | `temporary_files.rs` | /tmp, emptied before the first command |
//! | `init_path.rs` | the image's init |
//! | `executable.rs` | whether the kernel can execute it |
//! | `spared.rs` | keeping the agent alive until the end |
//! | `hand_over.rs` | the two processes that remain |
//! | `error.rs` | the step that failed |

mod copy_tree;
mod disks;
mod error;
mod executable;
mod hand_over;
mod hello;
mod home;
mod init_path;
mod later_modules;
mod modules;
mod mounts;
mod root;
mod spared;
mod temporary_files;

use std::{path::Path, thread};

use banger_agent_protocol::config::GuestConfig;
use nix::sys::reboot::RebootMode;

use self::{error::BootError, hello::HostConversation};
use crate::{init, log, settings};

/// Runs as process 1 and never returns: it becomes the image's init, or powers off.
pub fn run() -> ! {
    if let Err(error) = bring_up() {
        log::error(&error);
    }
    init::power_off::now(RebootMode::RB_POWER_OFF)
}

/// Does all of it. Returns only with an error: success ends in another program, or in the
/// loop of the minimal init, which powers off by itself.
fn bring_up() -> Result<(), BootError> {
    mounts::early()?;
    log::open();
    let mut modules = modules::listed()?;
    modules.load_until_vsock()?;
    // The host's answer is under way while the remaining modules are loaded.
    let hello = thread::spawn(HostConversation::open);
    modules.load_rest()?;
    let joined = hello
        .join()
        .map_err(|_| BootError::gone("say hello to the host"))?;
    let (mut host, config) = joined?;
    log::info(format_args!(
        "configured by the host at {} ms",
        hello::uptime_ms()
    ));

    let prepared = prepare(&config);
    match prepared {
        Ok(init) => hand_over::hand_over(host, *config, init),
        Err(error) => {
            host.failed(&error);
            Err(error)
        }
    }
}

/// Makes the image's root file system this process's own, as the configuration says.
/// Returns the path of the image's init, where it has one.
fn prepare(config: &GuestConfig) -> Result<Option<String>, BootError> {
    // First, so that files are written with the right time.
    settings::clock::step(config.wall_clock_ns).map_err(BootError::at("set the clock"))?;
    crate::sys::random::credit(&config.random_seed)
        .map_err(BootError::at("seed the random generator"))?;
    let devices = disks::find_all(&config.disks)?;
    root::assemble(&devices)?;
    modules::forget();
    root::switch()?;
    mounts::late()?;
    root::lay_plain_directories(&devices.system)?;
    home::mount_home(&devices.home)?;
    if let Some(disk) = &devices.modules {
        later_modules::lay(disk);
    }
    let init = init_path::find();
    if init.is_some() {
        temporary_files::settle(Path::new("/"));
    }
    settings::apply(config, init.is_some()).map_err(|error| BootError {
        step: "apply the settings".to_owned(),
        source: std::io::Error::other(error),
    })?;
    Ok(init)
}
