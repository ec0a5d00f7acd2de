//! Creates and finds VMs.

use std::{
    fmt::Display,
    ops::RangeInclusive,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use banger_api::{
    CreateVm, ErrorCode, Operation, Problem, VmDefaults,
    limits::{DISK_MIB, MEMORY_MIB, VCPUS},
    name,
};
use tokio::sync::{oneshot, watch};

use super::{Directory, recover};
use crate::{
    error, id,
    image_cache::Images,
    shelf::ShelfHandle,
    vm::{Phase, Recovery, VmActor, VmHandle, VmPorts, VmRecord, VmSnapshot},
};

/// How often a generated name is tried.
const NAME_TRIES: u32 = 64;

/// All VMs. Cheap to clone.
#[derive(Clone)]
pub struct Vms(Arc<Inner>);

struct Inner {
    directory: Mutex<Directory<VmHandle>>,
    ports: VmPorts,
    defaults: VmDefaults,
}

impl Vms {
    /// None yet.
    pub fn new(ports: VmPorts, defaults: VmDefaults) -> Self {
        Self(Arc::new(Inner {
            directory: Mutex::default(),
            ports,
            defaults,
        }))
    }

    /// What a VM gets when its creator says nothing.
    pub fn defaults(&self) -> &VmDefaults {
        &self.0.defaults
    }

    /// The images that they boot.
    pub fn images(&self) -> &ShelfHandle<Images> {
        &self.0.ports.images
    }

    /// Makes a VM; its creation goes on by itself.
    ///
    /// # Errors
    /// When a value is not acceptable, the name is taken, or image or kernel are unknown.
    pub async fn create(
        &self,
        request: CreateVm,
    ) -> Result<(Arc<VmSnapshot>, watch::Receiver<Operation>), Problem> {
        self.create_for(request, false).await
    }

    /// The same; one that is `transient` is removed by the next daemon, whatever it does then.
    ///
    /// # Errors
    /// As [`Vms::create`].
    pub async fn create_for(
        &self,
        request: CreateVm,
        transient: bool,
    ) -> Result<(Arc<VmSnapshot>, watch::Receiver<Operation>), Problem> {
        let ports = &self.0.ports;
        let mut record = self.record(&request)?;
        record.transient = transient;
        ports.kernels.check_obtainable(&record.kernel)?;
        ports.images.check_obtainable(&record.image)?;
        let handle = {
            let mut directory = self.lock();
            match &request.name {
                Some(name) => record.name.clone_from(name),
                None => record.name = free_name(&directory)?,
            }
            directory.check_name(&record.name).map_err(error::find)?;
            record.slot = directory.free_slot();
            let (id, name, slot) = (record.id.clone(), record.name.clone(), record.slot);
            let handle = VmActor::launch(record, Recovery::New, ports.clone());
            directory
                .insert(&id, &name, slot, handle.clone())
                .map_err(error::find)?;
            handle
        };
        self.tend(handle.clone());
        let (begun, operation) = oneshot::channel();
        let creating = handle.clone();
        // A client that goes away now must not leave a VM that nobody creates.
        ports.arbiter.spawn(async move {
            let created = creating.create(!request.stopped, request.wait_for).await;
            let _ = begun.send(created);
        });
        let operation = operation.await.map_err(error::aborted)??;
        Ok((handle.snapshot(), operation))
    }

    /// Finds one by name, id or prefix.
    ///
    /// # Errors
    /// When there is none, or several.
    pub fn find(&self, wanted: &str) -> Result<VmHandle, Problem> {
        self.lock().find(wanted).cloned().map_err(error::find)
    }

    /// Asks the creation of a VM to end early.
    pub fn cancel(&self, operation: &str) {
        if let Ok(cancellation) = self.0.ports.operations.cancellation(operation) {
            cancellation.cancel();
        }
    }

    /// All, the oldest first.
    pub fn list(&self) -> Vec<VmHandle> {
        self.lock().values().into_iter().cloned().collect()
    }

    /// Takes up what an earlier daemon left.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn recover(&self) -> Result<(), Problem> {
        for (record, recovery) in recover::all(&self.0.ports).await? {
            self.adopt(record, recovery);
        }
        Ok(())
    }

    fn adopt(&self, record: VmRecord, recovery: Recovery) {
        let (id, name, slot) = (record.id.clone(), record.name.clone(), record.slot);
        let handle = VmActor::launch(record, recovery, self.0.ports.clone());
        if let Err(error) = self.lock().insert(&id, &name, slot, handle.clone()) {
            tracing::error!(id, %error, "two records have one name; the later is left alone");
            return;
        }
        self.tend(handle);
    }

    /// Forgets a VM that is deleted, and takes up one whose actor died.
    fn tend(&self, handle: VmHandle) {
        let vms = self.clone();
        self.0.ports.arbiter.spawn(async move {
            let mut watch = handle.watch();
            while watch.changed().await.is_ok() {}
            drop(watch);
            let snapshot = handle.snapshot();
            let id = snapshot.vm.id.clone();
            if snapshot.gone {
                vms.lock().remove(&id);
                return;
            }
            match vms.0.ports.store.get::<VmRecord>(&id).await {
                Ok(None) => vms.lock().remove(&id),
                Ok(Some(record)) => {
                    tracing::error!(vm = record.name, "its actor died; taking the VM up again");
                    let recovery = recover::one(&vms.0.ports, &record).await;
                    vms.lock().remove(&id);
                    vms.adopt(record, recovery);
                }
                Err(error) => tracing::error!(id, %error, "the record cannot be read"),
            }
        });
    }

    fn record(&self, request: &CreateVm) -> Result<VmRecord, Problem> {
        let defaults = &self.0.defaults;
        if let Some(name) = &request.name {
            name::check_vm_name(name).map_err(|error| invalid("name", name, &error.to_string()))?;
        }
        let vcpus = request.vcpus.unwrap_or(defaults.vcpus);
        check_range("vcpus", vcpus, &VCPUS, "")?;
        let memory_mib = request.memory_mib.unwrap_or(defaults.memory_mib);
        check_range("memory_mib", memory_mib, &MEMORY_MIB, " (MiB)")?;
        let images = &self.0.ports.images;
        let image = request.image.as_ref().unwrap_or(&defaults.image).clone();
        let there = images.item(&image).ok().map(|item| item.record);
        // Where it is not there yet, it says when it is.
        let of_image = there.as_ref().map_or(defaults.disk_mib, |there| {
            there.disk_mib(images.artifact().default_disk_mib)
        });
        let disk_mib = request.disk_mib.unwrap_or(of_image);
        check_range("disk_mib", disk_mib, &DISK_MIB, " (MiB)")?;
        for line in &request.authorized_keys {
            if line.contains(['\n', '\r', '\0']) {
                return Err(invalid("authorized_keys", line.trim(), "one key a line"));
            }
        }
        let own_kernel = there.and_then(|there| there.kernel);
        let kernel = request.kernel.clone().or(own_kernel);
        Ok(VmRecord {
            id: id::random(),
            name: String::new(),
            kernel: kernel.unwrap_or_else(|| defaults.kernel.clone()),
            image,
            image_id: None,
            kernel_id: None,
            vcpus,
            memory_mib,
            disk_mib,
            disk_of_image: request.disk_mib.is_none(),
            network: request.network,
            authorized_keys: request.authorized_keys.clone(),
            slot: 0,
            delete_when_stopped: request.delete_when_stopped,
            transient: false,
            provisional: true,
            pull: request.pull,
            phase: Phase::Creating,
            machine: None,
            boot: None,
            reason: None,
            generation: 0,
            created_at: jiff::Timestamp::now(),
            started_at: None,
        })
    }

    /// The directory, without those that are gone: their names are free before anybody hears
    /// of the deletion's end.
    fn lock(&self) -> MutexGuard<'_, Directory<VmHandle>> {
        let directory = self.0.directory.lock();
        let mut directory = directory.unwrap_or_else(PoisonError::into_inner);
        directory.retain(|handle| !handle.snapshot().gone);
        directory
    }
}

fn free_name(directory: &Directory<VmHandle>) -> Result<String, Problem> {
    (0..NAME_TRIES)
        .map(|_| name::generated(u32::from_le_bytes(id::random_bytes())))
        .find(|name| directory.check_name(name).is_ok())
        .ok_or_else(|| {
            Problem::new(ErrorCode::VmNameTaken, "no generated name was free")
                .with_hint("give the VM a name")
        })
}

/// That a number of a request is one that a VM can have.
///
/// # Errors
/// Which numbers are.
pub fn check_range<T: PartialOrd + Display + Copy>(
    field: &str,
    value: T,
    range: &RangeInclusive<T>,
    unit: &str,
) -> Result<(), Problem> {
    if range.contains(&value) {
        return Ok(());
    }
    let rule = format!("write {} to {}{unit}", range.start(), range.end());
    Err(invalid(field, value, &rule))
}

fn invalid(field: &str, value: impl Display, rule: &str) -> Problem {
    Problem::new(
        ErrorCode::InvalidValue,
        format!("{field} cannot be {value}: {rule}"),
    )
}
