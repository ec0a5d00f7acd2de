//! Creates and finds VMs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use banger_api::{CreateVm, ErrorCode, Operation, Problem, VmDefaults, name};
use tokio::sync::{oneshot, watch};

use super::{Directory, recover};
use crate::{
    error, id,
    vm::{Phase, Recovery, VmActor, VmHandle, VmPorts, VmRecord, VmSnapshot},
};

/// The most processors that a VM may have.
const MAX_VCPUS: u16 = 64;
/// The least memory with which a kernel and the agent come up, in MiB.
const MIN_MEMORY_MIB: u32 = 64;
/// The smallest disk that mke2fs makes sensibly, in MiB.
const MIN_DISK_MIB: u64 = 64;
/// ext4's limit with 4 KiB blocks, in MiB.
const MAX_DISK_MIB: u64 = 16 << 20;
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
        if !(1..=MAX_VCPUS).contains(&vcpus) {
            return Err(invalid("vcpus", vcpus, &format!("write 1 to {MAX_VCPUS}")));
        }
        let memory_mib = request.memory_mib.unwrap_or(defaults.memory_mib);
        if memory_mib < MIN_MEMORY_MIB {
            let rule = format!("a guest needs at least {MIN_MEMORY_MIB} MiB");
            return Err(invalid("memory_mib", memory_mib, &rule));
        }
        let disk_mib = request.disk_mib.unwrap_or(defaults.disk_mib);
        if !(MIN_DISK_MIB..=MAX_DISK_MIB).contains(&disk_mib) {
            let rule = format!("write {MIN_DISK_MIB} MiB to {MAX_DISK_MIB} MiB (16 TiB)");
            return Err(invalid("disk_mib", disk_mib, &rule));
        }
        for line in &request.authorized_keys {
            if line.contains(['\n', '\r', '\0']) {
                return Err(invalid("authorized_keys", line.trim(), "one key a line"));
            }
        }
        let or = |value: &Option<String>, default: &str| {
            value.clone().unwrap_or_else(|| default.to_owned())
        };
        let image = or(&request.image, &defaults.image);
        let there = self.0.ports.images.item(&image).ok();
        let own_kernel = there.and_then(|item| item.record.kernel);
        let default_kernel = own_kernel.as_deref().unwrap_or(&defaults.kernel);
        Ok(VmRecord {
            id: id::random(),
            name: String::new(),
            kernel: or(&request.kernel, default_kernel),
            image,
            image_id: None,
            kernel_id: None,
            vcpus,
            memory_mib,
            disk_mib,
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

fn invalid(field: &str, value: impl std::fmt::Display, rule: &str) -> Problem {
    Problem::new(
        ErrorCode::InvalidValue,
        format!("{field} cannot be {value}: {rule}"),
    )
}
