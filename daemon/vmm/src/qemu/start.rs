//! Starts a machine, or leaves nothing of it.

use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use nix::unistd::Gid;
use tokio::sync::watch;

use super::args::{Descriptors, MachineArguments, arguments};
use super::files::{
    log_length, log_tail, open_for_machine, open_for_reopening, open_log, remove_sockets,
};
use super::machine::{QemuMachine, Started, qmp_socket, refused};
use super::programs::Programs;
use super::qmp::{QmpClient, QmpError};
use super::spawn::{Launch, Launched, launch, numbers};
use super::vsock::DirectoryWatch;
use super::{Acceleration, HELLO_PORT, vsock};
use crate::{MachineRecord, MachineSpec, VmmError, VmmKind};

/// How long QEMU may take until it answers. It takes 0.2 s; a starved host needs room.
const START_DEADLINE: Duration = Duration::from_secs(60);

/// Starts a machine. When this fails, or is dropped half way, nothing of it is left.
pub(super) async fn start(
    programs: &Programs,
    acceleration: Acceleration,
    spec: &MachineSpec,
) -> Result<QemuMachine, VmmError> {
    let mut rest = Rest {
        runtime_dir: spec.runtime_dir.clone(),
        ends: Vec::new(),
        armed: true,
    };
    let outcome = start_all(programs, acceleration, spec, &mut rest).await;
    rest.armed = false;
    if outcome.is_err() {
        // The processes were killed when `start_all` dropped them.
        clean_up(std::mem::take(&mut rest.ends), &spec.runtime_dir).await;
    }
    outcome
}

/// What else there is of a machine half started than its processes, which kill themselves on
/// drop. When a start is dropped, so is this, after them.
struct Rest {
    runtime_dir: PathBuf,
    /// Where the ends of the processes are told.
    ends: Vec<watch::Receiver<Option<ExitStatus>>>,
    armed: bool,
}

impl Drop for Rest {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        let ends = std::mem::take(&mut self.ends);
        let runtime_dir = std::mem::take(&mut self.runtime_dir);
        // Without a runtime there is nobody left to wait; the processes die all the same.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { clean_up(ends, &runtime_dir).await });
        }
    }
}

/// Removes the sockets once the processes are gone, which might make them until then.
async fn clean_up(ends: Vec<watch::Receiver<Option<ExitStatus>>>, runtime_dir: &Path) {
    for mut end in ends {
        // An error means that nobody will tell any more.
        let _ = end.wait_for(Option::is_some).await;
    }
    remove_sockets(runtime_dir);
}

async fn start_all(
    programs: &Programs,
    acceleration: Acceleration,
    spec: &MachineSpec,
    rest: &mut Rest,
) -> Result<QemuMachine, VmmError> {
    let hello = vsock::listen(&spec.runtime_dir, HELLO_PORT)?;
    // Before the device starts, so that no event is missed.
    let directory = DirectoryWatch::new(&spec.runtime_dir)?;
    let logged = log_length(&spec.vmm_log);
    let device = vsock::launch_device(&programs.vhost_device_vsock, spec)?;
    rest.ends.push(device.status.clone());
    let connection = tokio::select! {
        connection = vsock::connect_device(&directory, &spec.runtime_dir) => connection?,
        _ = device.exited() => return Err(VmmError::NotStarted {
            program: programs.vhost_device_vsock.display().to_string(),
            message: log_tail(&spec.vmm_log, logged),
        }),
    };
    let vmm = launch_qemu(programs, acceleration, spec, connection)?;
    rest.ends.push(vmm.status.clone());
    let qmp = connect(&vmm, programs, spec, logged).await?;
    // From here on nothing can fail, and the machine is left to itself.
    let record = MachineRecord {
        vmm: match acceleration {
            Acceleration::Kvm => VmmKind::QemuKvm,
            Acceleration::Tcg { .. } => VmmKind::QemuTcg,
        },
        process: vmm.record(),
        helpers: vec![device.record()],
        runtime_dir: spec.runtime_dir.clone(),
    };
    let started = Started {
        status: vmm.status.clone(),
        log: (spec.vmm_log.clone(), logged),
        console: spec.console_log.clone(),
        hello,
    };
    Ok(QemuMachine::new(
        record,
        vmm.release(),
        device.release(),
        qmp,
        Some(started),
    ))
}

fn launch_qemu(
    programs: &Programs,
    acceleration: Acceleration,
    spec: &MachineSpec,
    vsock: OwnedFd,
) -> Result<Launched, VmmError> {
    let kernel = OwnedFd::from(open_for_reopening(&spec.kernel, spec.run_as)?);
    let initramfs = OwnedFd::from(open_for_reopening(&spec.initramfs, spec.run_as)?);
    let console = OwnedFd::from(open_log(&spec.console_log)?);
    let qmp = OwnedFd::from(listen_for_qmp(&spec.runtime_dir)?);
    let mut disks = Vec::with_capacity(spec.disks.len());
    for disk in &spec.disks {
        disks.push(OwnedFd::from(open_for_machine(&disk.path, disk.read_only)?));
    }
    let arguments = arguments(&MachineArguments {
        acceleration,
        id: &spec.id,
        runtime_dir: &spec.runtime_dir,
        vcpus: spec.vcpus,
        memory_mib: spec.memory_mib,
        disks: &spec.disks,
        network: spec.network.as_ref(),
        descriptors: Descriptors {
            kernel: kernel.as_raw_fd(),
            initramfs: initramfs.as_raw_fd(),
            console: console.as_raw_fd(),
            qmp: qmp.as_raw_fd(),
            vsock: vsock.as_raw_fd(),
            disks: numbers(&disks),
        },
    });
    let mut inherited = vec![kernel, initramfs, console, qmp, vsock];
    inherited.append(&mut disks);
    launch(Launch {
        program: &programs.qemu,
        arguments,
        directory: Path::new("/"),
        log: &spec.vmm_log,
        inherited,
        run_as: spec.run_as,
        groups: match acceleration {
            Acceleration::Kvm => kvm_group().into_iter().collect(),
            Acceleration::Tcg { .. } => Vec::new(),
        },
    })
}

/// The group that may open /dev/kvm.
fn kvm_group() -> Option<Gid> {
    let metadata = std::fs::metadata("/dev/kvm").ok()?;
    Some(Gid::from_raw(metadata.gid()))
}

/// Listens for ourselves: so a connection can be made before QEMU is ready, and waits there.
fn listen_for_qmp(runtime_dir: &Path) -> Result<UnixListener, VmmError> {
    let path = qmp_socket(runtime_dir);
    let failed = |source| VmmError::File {
        path: path.clone(),
        source,
    };
    let listener = UnixListener::bind(&path).map_err(failed)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(listener)
}

/// Waits until QEMU answers and runs the guest, or ends.
async fn connect(
    vmm: &Launched,
    programs: &Programs,
    spec: &MachineSpec,
    logged: u64,
) -> Result<QmpClient, VmmError> {
    let socket = qmp_socket(&spec.runtime_dir);
    let answer = async {
        let qmp = QmpClient::connect(&socket).await?;
        qmp.execute("query-status", None).await?;
        Ok(qmp)
    };
    let ended = |what: String| VmmError::NotStarted {
        program: programs.qemu.display().to_string(),
        message: match log_tail(&spec.vmm_log, logged) {
            log if log.is_empty() => what,
            log => log,
        },
    };
    tokio::select! {
        biased;
        answer = tokio::time::timeout(START_DEADLINE, answer) => match answer {
            Ok(Ok(qmp)) => Ok(qmp),
            Ok(Err(error @ (QmpError::Closed | QmpError::Io(_)))) => {
                // It is about to end, and what it has to say is in its log then.
                let exited = tokio::time::timeout(Duration::from_secs(5), vmm.exited());
                let _ = exited.await;
                Err(ended(error.to_string()))
            }
            Ok(Err(error)) => Err(refused("query-status", error.to_string())),
            Err(_) => Err(ended(format!("no answer for {} s", START_DEADLINE.as_secs()))),
        },
        status = vmm.exited() => Err(ended(match status {
            Some(status) => format!("it ended ({status})"),
            None => "it ended".to_owned(),
        })),
    }
}
