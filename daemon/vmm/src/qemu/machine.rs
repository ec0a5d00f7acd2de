//! A running machine.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::files::remove_sockets;
use super::qmp::QmpClient;
use super::supervise::{Supervised, kill};
use super::{HELLO_PORT, progress, vsock};
use crate::process::ProcessHandle;
use crate::strays::is_machine_program;
use crate::{
    ExitReason, GuestChannel, GuestListener, Machine, MachineRecord, ProcessRecord, VmmError,
};

/// The socket of QEMU's control protocol.
const QMP_SOCKET: &str = "qmp.sock";

/// How long a QEMU found again may take to greet.
const ADOPT_DEADLINE: Duration = Duration::from_secs(30);

/// The socket of QEMU's control protocol.
pub(super) fn qmp_socket(runtime_dir: &Path) -> PathBuf {
    runtime_dir.join(QMP_SOCKET)
}

/// What a machine that was just started has beyond what one found again has.
pub(super) struct Started {
    pub(super) status: watch::Receiver<Option<ExitStatus>>,
    /// QEMU's log and where this run's part of it begins.
    pub(super) log: (PathBuf, u64),
    pub(super) console: PathBuf,
    pub(super) hello: GuestListener,
}

/// A running machine, by its processes and its control socket.
#[derive(Debug)]
pub(super) struct QemuMachine {
    record: MachineRecord,
    vmm: Arc<ProcessHandle>,
    qmp: Arc<QmpClient>,
    /// The listener made during the start, until it is asked for.
    hello: Mutex<Option<GuestListener>>,
    console: Option<PathBuf>,
    killed: Arc<AtomicBool>,
    ended: watch::Receiver<Option<ExitReason>>,
    supervisor: JoinHandle<()>,
}

impl Drop for QemuMachine {
    fn drop(&mut self) {
        // The machine is left alone, and its control socket free for another.
        self.supervisor.abort();
    }
}

impl QemuMachine {
    pub(super) fn new(
        record: MachineRecord,
        vmm: Arc<ProcessHandle>,
        helper: Arc<ProcessHandle>,
        qmp: QmpClient,
        started: Option<Started>,
    ) -> Self {
        let qmp = Arc::new(qmp);
        let killed = Arc::new(AtomicBool::new(false));
        let (hello, console, status, log) = match started {
            Some(started) => (
                Some(started.hello),
                Some(started.console),
                Some(started.status),
                Some(started.log),
            ),
            None => (None, None, None, None),
        };
        let supervised = Supervised {
            vmm: Arc::clone(&vmm),
            helper,
            qmp: Arc::clone(&qmp),
            runtime_dir: record.runtime_dir.clone(),
            status,
            log,
            killed: Arc::clone(&killed),
        };
        let (sender, ended) = watch::channel(None);
        let supervisor = tokio::spawn(async move {
            let reason = supervised.run().await;
            sender.send_replace(Some(reason));
        });
        Self {
            record,
            vmm,
            qmp,
            hello: Mutex::new(hello),
            console,
            killed,
            ended,
            supervisor,
        }
    }

    /// Finds a machine by its record; nothing where it is gone, and what is left of it is
    /// removed then.
    pub(super) async fn adopt(record: &MachineRecord) -> Result<Option<Self>, VmmError> {
        let vmm = hold(record.process)?;
        let mut helpers = Vec::new();
        for helper in &record.helpers {
            helpers.extend(hold(*helper)?);
        }
        let complete = helpers.len() == record.helpers.len();
        let (vmm, helper) = match (vmm, helpers.pop(), complete) {
            (Some(vmm), Some(helper), true) => (vmm, helper),
            (vmm, helper, _) => {
                // A machine without its vsock device cannot be talked to any more.
                for process in vmm.iter().chain(&helper).chain(&helpers) {
                    kill(process).await;
                }
                remove_sockets(&record.runtime_dir);
                return Ok(None);
            }
        };
        let socket = qmp_socket(&record.runtime_dir);
        let connect = QmpClient::connect(&socket);
        let qmp = match tokio::time::timeout(ADOPT_DEADLINE, connect).await {
            Ok(Ok(qmp)) => qmp,
            Ok(Err(error)) => return Err(refused("the connection", error.to_string())),
            Err(_) => return Err(refused("the connection", "no greeting".to_owned())),
        };
        Ok(Some(Self::new(
            record.clone(),
            Arc::new(vmm),
            Arc::new(helper),
            qmp,
            None,
        )))
    }
}

/// A hold on a machine's process; nothing where it has ended or is another program by now.
fn hold(record: ProcessRecord) -> Result<Option<ProcessHandle>, VmmError> {
    let known = record
        .executable()
        .is_some_and(|path| is_machine_program(&path));
    if !known {
        return Ok(None);
    }
    ProcessHandle::open(record).map_err(|source| VmmError::System {
        action: "cannot hold on to a machine's process",
        source,
    })
}

/// An error in QEMU's answer.
pub(super) fn refused(command: &str, message: String) -> VmmError {
    VmmError::Refused {
        command: command.to_owned(),
        message,
    }
}

#[async_trait::async_trait]
impl Machine for QemuMachine {
    fn record(&self) -> MachineRecord {
        self.record.clone()
    }

    fn hello_listener(&self) -> Result<GuestListener, VmmError> {
        let made = self
            .hello
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match made {
            Some(listener) => Ok(listener),
            None => vsock::listen(&self.record.runtime_dir, HELLO_PORT),
        }
    }

    fn channel(&self) -> GuestChannel {
        GuestChannel::Unix {
            path: vsock::host_socket(&self.record.runtime_dir),
        }
    }

    async fn wait(&self) -> ExitReason {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(reason)) => reason.clone(),
            Ok(None) | Err(_) => ExitReason::Failed("nobody watched its end".to_owned()),
        }
    }

    fn signal(&self, signal: i32) -> Result<(), VmmError> {
        if signal == nix::libc::SIGKILL {
            self.killed.store(true, Ordering::Relaxed);
        }
        self.vmm.signal(signal).map_err(|source| VmmError::System {
            action: "cannot signal the VMM",
            source,
        })
    }

    async fn progress(&self) -> Result<u64, VmmError> {
        progress::sample(&self.qmp, self.console.as_deref())
            .await
            .map_err(|error| refused("a question about progress", error.to_string()))
    }
}
