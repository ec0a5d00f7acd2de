//! Processes of a machine that nobody holds any more.

use std::{io, path::Path};

use banger_vmm::{
    ProcessRecord,
    process::{self, ProcessHandle},
};
use nix::sys::signal::Signal;

/// Ends what runs of the machine with that socket directory, one of those in `machines`.
pub async fn end_machine(machines: &Path, directory: &Path) {
    let strays = process::find_strays(machines).unwrap_or_else(|error| {
        tracing::warn!(%error, "a machine's processes cannot be looked for");
        Vec::new()
    });
    for (process, _) in strays.into_iter().filter(|(_, of)| of == directory) {
        tracing::warn!(pid = process.pid, "ending what a boot left");
        if let Err(error) = end_process(process).await {
            tracing::warn!(pid = process.pid, %error, "it was not ended");
        }
    }
}

/// Kills a process and waits for its end.
///
/// # Errors
/// When the kernel refuses.
pub async fn end_process(process: ProcessRecord) -> io::Result<()> {
    if let Some(handle) = ProcessHandle::open(process)? {
        handle.signal(Signal::SIGKILL as i32)?;
        handle.exited().await?;
    }
    Ok(())
}
