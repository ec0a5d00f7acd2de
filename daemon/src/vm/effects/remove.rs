//! Everything that a VM had. Any part may be missing: this also undoes what was half-made.

use std::{io, path::Path};

use banger_api::Problem;

use crate::{
    error,
    vm::{VmPorts, VmRecord},
};

/// Removes files, then the record, then the VM's hold on its image and kernel. No process of
/// the VM runs any more.
pub async fn remove(ports: &VmPorts, record: &VmRecord) -> Result<(), Problem> {
    let files = ports.layout.vm(&record.id);
    let removed = tokio::task::spawn_blocking(move || {
        for directory in [&files.runtime_dir, &files.directory] {
            remove_directory(directory).map_err(|source| error::io(directory, &source))?;
        }
        Ok(())
    });
    removed.await.map_err(error::aborted)??;
    ports
        .store
        .delete::<VmRecord>(&record.id)
        .await
        .map_err(error::store)?;
    ports.images.release(&record.id).await;
    ports.kernels.release(&record.id).await;
    Ok(())
}

fn remove_directory(directory: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}
