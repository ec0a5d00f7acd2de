//! The composition root: store, actors, recovery, socket.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use actix_rt::{Arbiter, ArbiterHandle};
use actix_web::web;
use banger_api::{Operation, OperationKind, Problem};
use banger_config::{HostSize, Settings, VmmChoice, find_program};
use banger_oci::{
    blobs::BlobStore,
    registry::{
        Options, Puller,
        credentials::{CredentialStore, Credentials},
    },
};
use banger_store::{Store, StoreError};
use banger_vmm::{
    VmmKind,
    qemu::{AccelerationChoice, QemuConfig, QemuVmm},
};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    event::Events,
    http::server::{self, SocketError},
    image_cache::{ImageRecord, Images, PARTIAL_AGE, Registries, sweep_layers},
    kernel_catalog::Kernels,
    log_file,
    operation::{Operations, Output},
    registry::Vms,
    shelf::{self, ShelfHandle, Work},
    storage::{self, InitramfsCache, Layout},
    vm::VmPorts,
};

/// All rooms, and what HTTP needs to know of the daemon itself.
pub struct App {
    /// The settings.
    pub settings: Settings,
    /// Since when it runs.
    pub started_at: Timestamp,
    /// Everything that changes.
    pub events: Events,
    /// Everything slow.
    pub operations: Operations,
    /// Kernels.
    pub kernels: ShelfHandle<Kernels>,
    /// Images.
    pub images: ShelfHandle<Images>,
    /// Where images come from.
    pub registries: Registries,
    /// Where everything is.
    pub layout: Layout,
    /// VMs.
    pub vms: Vms,
    /// Which programs run VMs, and how.
    pub qemu: QemuConfig,
    /// How VMs are run, in a line.
    pub vmm_line: String,
    /// The agent that guests get; nothing where it was not found.
    pub agent: Option<PathBuf>,
    /// The thread of all rooms, which outlives the one that serves requests.
    pub arbiter: ArbiterHandle,
    /// Fires when the daemon is to stop.
    pub closing: CancellationToken,
}

/// Why the daemon does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A directory cannot be made, or is somebody else's.
    #[error("{path}: {message}")]
    Directory {
        /// Which one.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The records cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What an earlier daemon left cannot be taken up.
    #[error("{}", .0.detail)]
    Recovery(Problem),
    /// The socket cannot be had.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The server cannot be started.
    #[error("the API cannot be served: {0}")]
    Serve(std::io::Error),
}

impl App {
    /// Begins an operation that waits for something on a shelf; one that is there already
    /// has succeeded.
    pub fn follow(
        &self,
        kind: OperationKind,
        target: &str,
        work: Option<Work>,
    ) -> watch::Receiver<Operation> {
        let reporter = self.operations.begin(kind, target, "preparing");
        let watch = reporter.watch();
        match work {
            Some(work) => {
                self.arbiter
                    .spawn(async move { reporter.finish(work.follow(&reporter).await) });
            }
            None => {
                reporter.note(format!("{target} is there already"));
                reporter.succeed();
            }
        }
        watch
    }

    /// The same for an image, whose VMs' disks get a size where one is given, and for work
    /// whose programs write something.
    pub fn follow_image(
        &self,
        kind: OperationKind,
        target: &str,
        work: Option<Work>,
        disk_mib: Option<u64>,
        output: Option<&Output>,
    ) -> watch::Receiver<Operation> {
        let operations = &self.operations;
        let reporter = operations.begin_with(kind, target, "preparing", output);
        let watch = reporter.watch();
        let images = self.images.clone();
        self.arbiter.spawn(async move {
            let made = async {
                match work {
                    Some(work) => work.follow(&reporter).await?,
                    None => reporter.note(format!("{} is there already", reporter.target_name())),
                }
                let Some(mib) = disk_mib else { return Ok(()) };
                // The same image may have been there, under this name or another.
                let resize = move |image: &mut ImageRecord| {
                    image.disk_mib = Some(mib);
                    Ok(())
                };
                let resized = images.rewrite(&reporter.target_name(), resize).await;
                resized.map(drop)
            };
            reporter.finish(made.await);
        });
        watch
    }
}

/// Starts everything and serves until told to stop. `ready` is called when requests are
/// answered.
///
/// # Errors
/// When the daemon cannot start; nothing runs then.
pub async fn run(settings: Settings, ready: impl FnOnce()) -> Result<(), StartError> {
    let layout = Layout {
        state_dir: settings.state_dir.value.clone(),
        runtime_dir: settings.runtime_dir.value.clone(),
    };
    make_directories(&layout)?;
    claim_runtime_dir(&layout)?;
    // The store's lock makes this the only daemon of these directories.
    let store = open_store(&layout).await?;
    let trash = layout.clone();
    tokio::task::spawn_blocking(move || storage::trash::empty(&trash));
    let listener = server::bind(&settings.socket.value)?;
    let socket = settings.socket.value.clone();
    let app = match compose(settings, layout, store.clone()).await {
        Ok(app) => web::Data::new(app),
        Err(error) => {
            crate::shutdown::remove_socket(&socket);
            return Err(error);
        }
    };
    let (server, handle) = server::serve(listener, app.clone()).map_err(StartError::Serve)?;
    let (closing, operations) = (app.closing.clone(), app.operations.clone());
    actix_rt::spawn(async move {
        closing.cancelled().await;
        tracing::info!("stopping");
        // Those who wait for an operation hear its end while they can still be answered.
        operations.cancel_all();
        handle.stop(true).await;
    });
    stop_on_signals(app.closing.clone());
    actix_rt::spawn(log_file::keep_bounded(app.vms.clone(), app.closing.clone()));
    ready();
    tracing::info!(socket = %socket.display(), vmm = app.vmm_line, "ready");
    let served = server.await.map_err(StartError::Serve);
    crate::shutdown::remove_socket(&socket);
    crate::shutdown::cancel_operations(&app.operations).await;
    store.close().await;
    tracing::info!("stopped");
    served
}

async fn open_store(layout: &Layout) -> Result<Store, StartError> {
    let directory = layout.store();
    let opened = tokio::task::spawn_blocking(move || Store::open(&directory)).await;
    Ok(opened.map_err(|error| StartError::Directory {
        path: layout.store(),
        message: error.to_string(),
    })??)
}

async fn compose(settings: Settings, layout: Layout, store: Store) -> Result<App, StartError> {
    let events = Events::default();
    let operations = Operations::new(events.clone());
    let ports = shelf::Ports {
        store: store.clone(),
        events: events.clone(),
        state_dir: layout.state_dir.clone(),
    };
    let kernels = shelf::start(Kernels, ports.clone())
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

/// The state is its owner's alone; the runtime directory may be entered by the VMMs' users.
fn make_directories(layout: &Layout) -> Result<(), StartError> {
    let runtime = &layout.runtime_dir;
    for (path, mode) in [
        (&layout.state_dir, 0o700),
        (&layout.vms(), 0o700),
        (runtime, 0o711),
        (&layout.machines(), 0o711),
    ] {
        let failed = |message: String| StartError::Directory {
            path: path.clone(),
            message,
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(mode)
            .create(path)
            .map_err(|error| failed(error.to_string()))?;
        let metadata = fs::symlink_metadata(path).map_err(|error| failed(error.to_string()))?;
        // In a shared directory such as /tmp somebody may have been there first.
        if !metadata.is_dir() || metadata.uid() != nix::unistd::geteuid().as_raw() {
            return Err(failed(
                "is not a directory of yours; set another in config.toml".into(),
            ));
        }
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
            .map_err(|error| failed(error.to_string()))?;
    }
    Ok(())
}

/// Two daemons of different state must not share a runtime directory: each would take the
/// other's machines for strays. Whose it is stands in a file; one without machines can change
/// hands.
fn claim_runtime_dir(layout: &Layout) -> Result<(), StartError> {
    let path = layout.runtime_dir.join("state-dir");
    let failed = |error: std::io::Error| StartError::Directory {
        path: path.clone(),
        message: error.to_string(),
    };
    let mine = layout.state_dir.as_os_str().as_encoded_bytes();
    let has_machines =
        fs::read_dir(layout.machines()).is_ok_and(|mut found| found.next().is_some());
    match fs::read(&path) {
        Ok(owner) if owner != mine && has_machines => Err(StartError::Directory {
            path: layout.runtime_dir.clone(),
            message: format!(
                "belongs to VMs of {}; set `runtime_dir` (BANGER_RUNTIME_DIR) as well as `state_dir`",
                String::from_utf8_lossy(&owner)
            ),
        }),
        Ok(owner) if owner == mine => Ok(()),
        Ok(_) | Err(_) => fs::write(&path, mine).map_err(failed),
    }
}

fn stop_on_signals(closing: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let closing = closing.clone();
        match signal(kind) {
            Ok(mut signals) => {
                actix_rt::spawn(async move {
                    signals.recv().await;
                    closing.cancel();
                });
            }
            Err(error) => tracing::warn!(%error, "a signal cannot be heard"),
        }
    }
}
