//! What an earlier daemon, or a dead actor, left: records, processes, directories.

use std::{collections::BTreeSet, iter, path::PathBuf, sync::Arc};

use banger_api::Problem;
use banger_store::Entry;
use banger_vmm::{Machine, process};

use nix::sys::signal::Signal;

use crate::{
    error,
    vm::{Phase, Recovery, VmPorts, VmRecord, end_process},
};

/// Reads all records, finds their machines, and ends and removes what no record accounts for.
///
/// # Errors
/// When the store cannot be read.
pub async fn all(ports: &VmPorts) -> Result<Vec<(VmRecord, Recovery)>, Problem> {
    let mut found = Vec::new();
    let mut unreadable = false;
    for Entry { key: id, record } in ports
        .store
        .list_each::<VmRecord>()
        .await
        .map_err(error::store)?
    {
        match record {
            Ok(record) => {
                let recovery = one(ports, &record).await;
                found.push((record, recovery));
            }
            Err(error) => {
                unreadable = true;
                tracing::error!(id, %error, "a VM's record cannot be read; its files are kept");
            }
        }
    }
    let running: BTreeSet<PathBuf> = found
        .iter()
        .filter(|(_, recovery)| matches!(recovery, Recovery::Running(_)))
        .map(|(record, _)| ports.layout.vm(&record.id).runtime_dir)
        .collect();
    // What belongs to nobody can only be told when everybody is known.
    if !unreadable {
        end_strays(ports, &running).await;
        let known = found.iter().map(|(record, _)| record.id.clone()).collect();
        remove_unknown(ports, &known);
    }
    Ok(found)
}

/// Takes up one VM whose record was read.
pub async fn one(ports: &VmPorts, record: &VmRecord) -> Recovery {
    if let Err(problem) = hold(ports, record).await {
        tracing::error!(vm = record.name, %problem, "what the VM needs is gone");
    }
    let machine = match &record.machine {
        Some(machine) => match ports.vmm.adopt(machine).await {
            Ok(machine) => machine,
            Err(error) => {
                tracing::warn!(vm = record.name, %error, "its machine does not answer; ending it");
                // It would go on writing to the disks that the next start gives to another.
                for process in iter::once(&machine.process).chain(&machine.helpers) {
                    if let Err(error) = end_process(*process).await {
                        tracing::warn!(pid = process.pid, %error, "it was not ended");
                    }
                }
                None
            }
        },
        None => None,
    };
    let adoptable =
        matches!(record.phase, Phase::Running | Phase::Stopping) && !is_half_made(record);
    match machine.map(Arc::<dyn Machine>::from) {
        Some(machine) if adoptable => Recovery::Running(machine),
        Some(machine) => {
            end(&*machine).await;
            at_rest(record)
        }
        None => at_rest(record),
    }
}

fn at_rest(record: &VmRecord) -> Recovery {
    let deleting = matches!(record.phase, Phase::Deleting) || is_half_made(record);
    if deleting || record.delete_when_stopped {
        Recovery::Remove
    } else {
        Recovery::Stopped
    }
}

/// Whether nobody can have any use for it any more.
fn is_half_made(record: &VmRecord) -> bool {
    record.provisional || record.transient
}

async fn hold(ports: &VmPorts, record: &VmRecord) -> Result<(), Problem> {
    if !record.provisional {
        ports
            .images
            .keep(record.image_key(), &record.id, &record.name)
            .await?;
        ports
            .kernels
            .keep(record.kernel_key(), &record.id, &record.name)
            .await?;
    }
    Ok(())
}

async fn end(machine: &dyn Machine) {
    if let Err(error) = machine.signal(Signal::SIGKILL as i32) {
        tracing::warn!(%error, "a machine was not killed");
    }
    machine.wait().await;
}

/// Ends processes of machines that no record knows: their daemon died before it could write
/// one.
async fn end_strays(ports: &VmPorts, running: &BTreeSet<PathBuf>) {
    let root = ports.layout.machines();
    let strays = process::find_strays(&root).unwrap_or_else(|error| {
        tracing::warn!(%error, "strays cannot be looked for");
        Vec::new()
    });
    for (process, directory) in strays {
        if running.contains(&directory) {
            continue;
        }
        tracing::warn!(pid = process.pid, directory = %directory.display(), "ending a stray");
        if let Err(error) = end_process(process).await {
            tracing::warn!(%error, "a stray was not ended");
        }
    }
}

fn remove_unknown(ports: &VmPorts, known: &BTreeSet<String>) {
    for root in [ports.layout.vms(), ports.layout.machines()] {
        let Ok(entries) = std::fs::read_dir(&root) else {
            continue;
        };
        for entry in entries.flatten() {
            if entry
                .file_name()
                .to_str()
                .is_some_and(|name| known.contains(name))
            {
                continue;
            }
            tracing::info!(path = %entry.path().display(), "removed what no VM owns");
            if let Err(error) = std::fs::remove_dir_all(entry.path()) {
                tracing::warn!(%error, path = %entry.path().display(), "not removed");
            }
        }
    }
}
