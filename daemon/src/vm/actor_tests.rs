//! The actor with a store in memory, and nothing that could run a machine.

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

use banger_api::{
    CreateVm, DefaultSource, ErrorCode, ImageConfig, ImageSource, KernelSource, OperationKind,
    OperationState, PullPolicy, VmDefaults, VmState, WaitFor,
};
use banger_oci::{
    blobs::BlobStore,
    registry::{Options, Puller},
};
use banger_store::Store;
use banger_vmm::{Machine, MachineRecord, MachineSpec, Vmm, VmmError, VmmKind};

use super::VmPorts;
use crate::{
    event::Events,
    image_cache::{ImageRecord, Images, Registries},
    kernel_catalog::{KernelRecord, Kernels},
    operation::Operations,
    registry::Vms,
    shelf,
    storage::{InitramfsCache, Layout},
};

const IMAGE: &str = "debian-bookworm";
const KERNEL: &str = "debian-cloud";

struct NoVmm;

#[async_trait::async_trait]
impl Vmm for NoVmm {
    fn kind(&self) -> VmmKind {
        VmmKind::QemuTcg
    }

    async fn start(&self, _: &MachineSpec) -> Result<Box<dyn Machine>, VmmError> {
        unreachable!("nothing gets that far")
    }

    async fn adopt(&self, _: &MachineRecord) -> Result<Option<Box<dyn Machine>>, VmmError> {
        Ok(None)
    }
}

/// VMs whose image and kernel are in no place, so that no creation succeeds.
async fn vms(directory: &Path) -> Vms {
    vms_of(directory, Store::in_memory().unwrap()).await
}

/// VMs of which what is not started can be made: image and kernel are there by their records.
async fn vms_that_can_be_made(directory: &Path, store: &Store) -> Vms {
    let created_at = jiff::Timestamp::now();
    let kernel = KernelRecord {
        id: "1111".to_owned(),
        names: BTreeSet::from([KERNEL.to_owned()]),
        release: "6.1".to_owned(),
        version: "6.1".to_owned(),
        source: KernelSource::Host {
            path: "/boot".to_owned(),
        },
        sha256: String::new(),
        size: 0,
        created_at,
    };
    let image = ImageRecord {
        id: "2222".to_owned(),
        names: BTreeSet::from([IMAGE.to_owned()]),
        source: ImageSource::Archive,
        digest: String::new(),
        layers: Vec::new(),
        config: ImageConfig::default(),
        users: Vec::new(),
        unmanaged: None,
        kernel: None,
        disk_mib: None,
        size: 0,
        entries: 0,
        created_at,
    };
    store.put("1111", &kernel).await.unwrap();
    store.put("2222", &image).await.unwrap();
    vms_of(directory, store.clone()).await
}

async fn vms_of(directory: &Path, store: Store) -> Vms {
    let layout = Layout {
        state_dir: directory.join("state"),
        runtime_dir: directory.join("run"),
    };
    let events = Events::default();
    let ports = shelf::Ports {
        store: store.clone(),
        events: events.clone(),
        state_dir: layout.state_dir.clone(),
    };
    let images = Images {
        capacity: 1 << 30,
        default_disk_mib: 1024,
        registries: Registries {
            puller: Puller::new(Options::default()),
            blobs: BlobStore::open(layout.blobs()).unwrap(),
            converting: Arc::default(),
        },
    };
    let ports = VmPorts {
        arbiter: actix_rt::Arbiter::current(),
        store,
        operations: Operations::new(events.clone()),
        events,
        kernels: shelf::start(Kernels::default(), ports.clone())
            .await
            .unwrap(),
        images: shelf::start(images, ports).await.unwrap(),
        vmm: Arc::new(NoVmm),
        initramfs: InitramfsCache::new(layout.clone(), "banger-agent".into()),
        layout,
        vmm_uid_base: None,
        boot_timeout: Duration::from_secs(1),
        vmm_note: None,
    };
    let defaults = VmDefaults {
        image: IMAGE.to_owned(),
        kernel: KERNEL.to_owned(),
        vcpus: 1,
        vcpus_from: DefaultSource::Constant,
        memory_mib: 512,
        memory_from: DefaultSource::Constant,
        disk_mib: 1024,
        disk_from: DefaultSource::Constant,
    };
    Vms::new(ports, defaults)
}

fn request() -> CreateVm {
    CreateVm {
        name: Some("box".to_owned()),
        pull: PullPolicy::Never,
        ..CreateVm::default()
    }
}

#[actix_rt::test]
async fn who_deletes_what_is_being_undone_has_an_operation_that_succeeds() {
    let directory = tempfile::tempdir().unwrap();
    let vms = vms(directory.path()).await;
    let (_, mut creation) = vms.create(request()).await.unwrap();
    let handle = vms.find("box").unwrap();
    let undone = |snapshot: &Arc<super::VmSnapshot>| snapshot.vm.state == VmState::Deleting;
    handle.watch().wait_for(undone).await.unwrap();
    let mut deletion = handle.delete(true).await.unwrap();
    let joined = handle.delete(false).await.unwrap();
    assert_eq!(deletion.borrow().kind, OperationKind::DeleteVm);
    assert_eq!(
        deletion.borrow().id,
        joined.borrow().id,
        "they wait together"
    );
    let ended = |operation: &banger_api::Operation| operation.state != OperationState::Running;
    let deleted = deletion.wait_for(ended).await.unwrap().clone();
    assert_eq!(deleted.state, OperationState::Succeeded, "{deleted:?}");
    let created = creation.wait_for(ended).await.unwrap().clone();
    assert_eq!(created.error.unwrap().code, ErrorCode::KernelNotFound);
}

#[actix_rt::test]
async fn a_name_is_free_when_its_deletion_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let vms = vms(directory.path()).await;
    for _ in 0..20 {
        let (_, mut creation) = vms.create(request()).await.unwrap();
        let ended = |operation: &banger_api::Operation| operation.state != OperationState::Running;
        creation.wait_for(ended).await.unwrap();
        assert!(vms.find("box").is_err());
        assert!(vms.list().is_empty());
    }
}

#[actix_rt::test]
async fn what_is_gone_is_not_there_to_be_started() {
    let directory = tempfile::tempdir().unwrap();
    let vms = vms(directory.path()).await;
    let (_, mut creation) = vms.create(request()).await.unwrap();
    let handle = vms.find("box").unwrap();
    let ended = |operation: &banger_api::Operation| operation.state != OperationState::Running;
    creation.wait_for(ended).await.unwrap();
    let refused = handle.start(WaitFor::Agent).await.unwrap_err();
    assert!(
        matches!(
            refused.code,
            ErrorCode::VmNotFound | ErrorCode::VmWrongState
        ),
        "{refused}"
    );
}

/// Makes a VM and leaves it stopped; `meanwhile` happens while its disks are made.
async fn made(vms: &Vms, meanwhile: impl Future<Output = ()>) -> banger_api::Operation {
    let request = CreateVm {
        stopped: true,
        disk_mib: Some(64),
        ..request()
    };
    let (_, mut creation) = vms.create(request).await.unwrap();
    let handle = vms.find("box").unwrap();
    // Its first record is written then.
    let mut watch = handle.watch();
    watch.wait_for(|now| now.vm.generation > 0).await.unwrap();
    meanwhile.await;
    let ended = |operation: &banger_api::Operation| operation.state != OperationState::Running;
    creation.wait_for(ended).await.unwrap().clone()
}

#[actix_rt::test]
async fn a_creation_that_cannot_be_recorded_in_the_end_is_undone() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::in_memory().unwrap();
    let vms = vms_that_can_be_made(directory.path(), &store).await;
    let made = made(&vms, store.close()).await;
    assert_eq!(made.state, OperationState::Failed, "{made:?}");
    assert!(vms.list().is_empty());
    let left = directory.path().join("state/vms").read_dir();
    assert_eq!(left.map_or(0, Iterator::count), 0);
}

#[actix_rt::test]
async fn a_creation_that_is_recorded_stays() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::in_memory().unwrap();
    let vms = vms_that_can_be_made(directory.path(), &store).await;
    let made = made(&vms, async {}).await;
    assert_eq!(made.state, OperationState::Succeeded, "{made:?}");
    assert_eq!(vms.list().len(), 1);
}
