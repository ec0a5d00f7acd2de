//! Every room is made, each with what it needs of the others.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use actix_rt::Arbiter;
use banger_config::{HostSize, Settings, VmmChoice, find_program};
use banger_oci::{
    blobs::BlobStore,
    registry::{
        Options, Puller,
        credentials::{CredentialStore, Credentials},
    },
};
use banger_store::Store;
use banger_vmm::{
    VmmKind,
    qemu::{AccelerationChoice, QemuConfig, QemuVmm},
};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::StartError;
use crate::{
    app::App,
    event::Events,
    image_cache::{Images, PARTIAL_AGE, Registries, sweep_layers},
    kernel_catalog::Kernels,
    operation::Operations,
    registry::Vms,
    shelf,
    storage::{InitramfsCache, Layout},
    vm::VmPorts,
};

/// Makes all rooms, and takes up the VMs that an earlier daemon left.
///
/// # Errors
/// When what is on disk cannot be read.
pub async fn compose(settings: Settings, layout: Layout, store: Store) -> Result<App, StartError> {
    let events = Events::default();
    let operations = Operations::new(events.clone());
    let ports = shelf::Ports {
        store: store.clone(),
        events: events.clone(),
        state_dir: layout.state_dir.clone(),
    };
    let kernels = Kernels {
        published: settings.kernel_catalog.value.clone(),
    };
    let kernels = shelf::start(kernels, ports.clone())
        .await
        .map_err(StartError::Recovery)?;
    let registries = registries(&settings, &layout)?;
    let defaults = settings.vm_defaults(HostSize::read());
    let images = Images {
        capacity: settings.image_capacity.value,
        default_disk_mib: defaults.disk_mib,
        registries: registries.clone(),
    };
    let images = shelf::start(images, ports)
        .await
        .map_err(StartError::Recovery)?;
    sweep_layers(&images, &registries.blobs, PARTIAL_AGE).await;
    let qemu = qemu_config(&settings);
    let vmm = Arc::new(QemuVmm::new(qemu.clone()));
    let vmm_line = vmm.reason();
    warm_up(&vmm);
    let agent = program(settings.agent_path.value.as_deref(), "banger-agent");
    let arbiter = Arbiter::current();
    let vm_ports = VmPorts {
        arbiter: arbiter.clone(),
        store,
        events: events.clone(),
        operations: operations.clone(),
        images: images.clone(),
        kernels: kernels.clone(),
        vmm_note: (banger_vmm::Vmm::kind(&*vmm) == VmmKind::QemuTcg).then(|| vmm_line.clone()),
        vmm,
        layout: layout.clone(),
        // Where it is missing, the first boot says so.
        initramfs: InitramfsCache::new(
            layout.clone(),
            agent.clone().unwrap_or("banger-agent".into()),
        ),
        vmm_uid_base: nix::unistd::geteuid()
            .is_root()
            .then_some(settings.vmm_uid_base.value),
        boot_timeout: settings.boot_timeout.value,
    };
    let vms = Vms::new(vm_ports, defaults);
    vms.recover().await.map_err(StartError::Recovery)?;
    images.sweep().await;
    Ok(App {
        settings,
        started_at: Timestamp::now(),
        events,
        operations,
        kernels,
        images,
        registries,
        layout,
        vms,
        qemu,
        vmm_line,
        agent,
        arbiter,
        closing: CancellationToken::new(),
    })
}

fn registries(settings: &Settings, layout: &Layout) -> Result<Registries, StartError> {
    let path = layout.blobs();
    let blobs = BlobStore::open(&path).map_err(|error| StartError::Directory {
        path: path.clone(),
        message: error.to_string(),
    })?;
    let options = Options {
        registries: settings.registries.clone(),
        credentials: Credentials {
            store: Some(CredentialStore::new(layout.logins())),
            docker_config: Credentials::docker_config_of_process(),
        },
        ..Options::default()
    };
    Ok(Registries {
        puller: Puller::new(options),
        blobs,
        converting: Arc::default(),
    })
}

/// Looks for QEMU and measures clocks now, so that the first VM need not wait for it.
fn warm_up(vmm: &Arc<QemuVmm>) {
    let vmm = Arc::clone(vmm);
    actix_rt::spawn(async move {
        match vmm.warm_up().await {
            Ok(version) => tracing::debug!(%version, "found QEMU"),
            Err(error) => tracing::warn!(%error, "VMs cannot be started"),
        }
    });
}

fn qemu_config(settings: &Settings) -> QemuConfig {
    let found = |explicit: &Option<PathBuf>, name: &str| {
        program(explicit.as_deref(), name).unwrap_or_else(|| name.into())
    };
    let defaults = QemuConfig::default();
    QemuConfig {
        qemu: found(&settings.qemu_path.value, banger_vmm::qemu::DEFAULT_QEMU),
        vhost_device_vsock: found(
            &settings.vhost_device_vsock_path.value,
            banger_vmm::qemu::DEFAULT_VHOST_DEVICE_VSOCK,
        ),
        acceleration: match settings.vmm.value {
            VmmChoice::Auto => defaults.acceleration,
            VmmChoice::Kvm => AccelerationChoice::Kvm,
            VmmChoice::Tcg => AccelerationChoice::Tcg,
        },
    }
}

fn program(explicit: Option<&Path>, name: &str) -> Option<PathBuf> {
    let own = std::env::current_exe().ok();
    let path = std::env::var_os("PATH");
    find_program(explicit, own.as_deref(), name, path.as_deref())
}
