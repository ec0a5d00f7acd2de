//! Everything that a VM had. Any part may be missing: this also undoes what was half-made.

use std::{io, path::Path};

use banger_api::Problem;

use crate::{
    error,
    storage::trash,
    vm::{VmPorts, VmRecord},
};

/// Removes files, then the record, then the VM's hold on its image and kernel. No process of
/// the VM runs any more. The disks' blocks are freed after that.
pub async fn remove(ports: &VmPorts, record: &VmRecord) -> Result<(), Problem> {
    let (layout, files) = (ports.layout.clone(), ports.layout.vm(&record.id));
    let removed = tokio::task::spawn_blocking(move || {
        let sockets = &files.runtime_dir;
        remove_directory(sockets).map_err(|source| error::io(sockets, &source))?;
        trash::throw_away(&layout, &files.directory)
            .map_err(|source| error::io(&files.directory, &source))
    });
    let thrown = removed.await.map_err(error::aborted)??;
    let forgotten = ports.store.delete::<VmRecord>(&record.id).await;
    match forgotten.map_err(error::store) {
        Ok(_) => {}
        // A full disk takes no change at all. What the store may have of a VM that was never
        // complete, the next daemon removes.
        Err(problem) if record.provisional => {
            tracing::warn!(vm = record.name, %problem, "its record stays until the next start");
        }
        Err(problem) => return Err(problem),
    }
    ports.images.release(&record.id).await;
    ports.kernels.release(&record.id).await;
    if let Some(thrown) = thrown {
        // A daemon that stops waits for it too.
        tokio::task::spawn_blocking(move || trash::remove(&thrown));
    }
    Ok(())
}

fn remove_directory(directory: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}
