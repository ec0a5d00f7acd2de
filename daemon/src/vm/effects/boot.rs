//! VMM, hello, watchdog.

use std::{
    io,
    os::unix::fs::{DirBuilderExt, chown},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use actix::Recipient;
use banger_api::{BootReport, ErrorCode, Problem, WaitFor};
use banger_vmm::{
    Disk, DiskRole, ExitReason, Machine, MachineSpec, NetworkAttachment,
    watchdog::{BootFailure, BootLimits, watch_boot},
};
use nix::sys::signal::Signal;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::sync::CancellationToken;

use super::guest_config::guest_config;
use crate::{
    error,
    guest::{hello, request},
    operation::Reporter,
    storage,
    vm::{VmPorts, VmRecord, messages::MachineStarted},
};

/// How often a boot that hangs is begun.
const ATTEMPTS: u32 = 2;

/// How much of the console a failed boot shows, in bytes.
const CONSOLE_TAIL: u64 = 1500;

/// A boot.
pub struct Boot {
    /// What it needs.
    pub ports: VmPorts,
    /// What boots.
    pub record: VmRecord,
    /// Where it is told.
    pub reporter: Arc<Reporter>,
    /// Gives it up.
    pub abandon: CancellationToken,
    /// What is waited for.
    pub wait_for: WaitFor,
    /// Who records the machine, so that a later daemon finds it.
    pub started: Recipient<MachineStarted>,
}

/// Why one attempt came to nothing.
enum Miss {
    /// It hung: worth another.
    Hung(Problem),
    /// Not worth another.
    Failed(Problem),
}

impl Boot {
    /// Boots; on an error no process of the machine is left.
    pub async fn run(self) -> Result<(Arc<dyn Machine>, BootReport), Problem> {
        if let Some(note) = &self.ports.vmm_note {
            self.reporter.note(note.clone());
        }
        let mut attempt = 1;
        loop {
            let began = Instant::now();
            match self.attempt().await {
                Ok((machine, guest_uptime_ms)) => {
                    let ready_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                    let report = BootReport {
                        ready_ms,
                        guest_uptime_ms,
                        attempts: attempt,
                    };
                    return Ok((machine, report));
                }
                Err(Miss::Hung(problem)) if attempt < ATTEMPTS => {
                    tracing::warn!(vm = self.record.name, %problem, "boot hung, starting it again");
                    self.reporter
                        .note("the first boot came to nothing and was started again");
                    attempt += 1;
                }
                Err(Miss::Hung(problem) | Miss::Failed(problem)) => return Err(problem),
            }
        }
    }

    async fn attempt(&self) -> Result<(Arc<dyn Machine>, u64), Miss> {
        self.reporter.stage("booting");
        let spec = self.spec().await.map_err(Miss::Failed)?;
        let has_modules = spec.disks.iter().any(|disk| disk.role == DiskRole::Modules);
        let console = Console::now(spec.console_log.clone()).await;
        let machine = self.ports.vmm.start(&spec).await;
        let machine: Arc<dyn Machine> =
            Arc::from(machine.map_err(|error| Miss::Failed(error::vmm(&error)))?);
        // It is found by its directory even when the record is not written in time.
        let _ = self
            .started
            .send(MachineStarted(Arc::clone(&machine)))
            .await;
        match self.until_ready(&*machine, &console, has_modules).await {
            Ok(uptime_ms) => Ok((machine, uptime_ms)),
            Err(miss) => {
                if let Err(error) = machine.signal(Signal::SIGKILL as i32) {
                    tracing::debug!(%error, "the machine had ended already");
                }
                machine.wait().await;
                Err(miss)
            }
        }
    }

    async fn until_ready(
        &self,
        machine: &dyn Machine,
        console: &Console,
        has_modules: bool,
    ) -> Result<u64, Miss> {
        let listener = machine
            .hello_listener()
            .map_err(|e| Miss::Failed(error::vmm(&e)))?;
        let ready = async {
            let config = || guest_config(&self.record, has_modules);
            let ready = hello::greet(&listener, &machine.channel(), config).await?;
            if self.wait_for == WaitFor::System {
                self.reporter.stage("waiting for the system's services");
                request::wait_for_system(&machine.channel()).await?;
            }
            Ok(ready.uptime_ms)
        };
        let limits = BootLimits {
            total: self.ports.boot_timeout,
            ..BootLimits::default()
        };
        let (problem, hung) = tokio::select! {
            biased;
            () = self.abandon.cancelled() => return Err(Miss::Failed(error::cancelled())),
            ready = ready => match ready {
                Ok(uptime_ms) => return Ok(uptime_ms),
                Err(source) => (error::guest(&source), false),
            },
            // A guest that fails a step says so before it powers off. One that powers off
            // without a word did not get through to the host: that may go better.
            reason = machine.wait() => {
                (ended(&reason), matches!(reason, ExitReason::PoweredOff))
            }
            verdict = watch_boot(limits, || async { machine.progress().await.ok() }) => {
                let problem = Problem::new(ErrorCode::BootFailed, verdict.to_string());
                (problem, matches!(verdict, BootFailure::Hung { .. }))
            }
        };
        let problem = console.explain(problem).await;
        Err(if hung {
            Miss::Hung(problem)
        } else {
            Miss::Failed(problem)
        })
    }

    async fn spec(&self) -> Result<MachineSpec, Problem> {
        let (ports, record) = (&self.ports, &self.record);
        let kernel = ports
            .kernels
            .keep(record.kernel_key(), &record.id, &record.name)
            .await?;
        let image = ports
            .images
            .keep(record.image_key(), &record.id, &record.name)
            .await?;
        let initramfs = ports.initramfs.get(&kernel.id).await?;
        let kernel_directory = ports.layout.kernel(&kernel.id);
        let modules = tokio::task::spawn_blocking(move || storage::modules_disk(&kernel_directory))
            .await
            .map_err(error::aborted)?
            .map_err(|error| error::modules_disk(&error))?;
        let files = ports.layout.vm(&record.id);
        let run_as = ports.vmm_uid_base.map(|base| base + record.slot);
        let directory = files.runtime_dir.clone();
        tokio::task::spawn_blocking(move || renew_directory(&directory, run_as))
            .await
            .map_err(error::aborted)?
            .map_err(|source| error::io(&files.runtime_dir, &source))?;
        let rootfs = match image.unmanaged.clone() {
            Some(unmanaged) => tokio::task::spawn_blocking(move || {
                // The home disk is the VM's own by now.
                let rootfs = unmanaged.rootfs;
                rootfs.check().map(|()| rootfs.path)
            })
            .await
            .map_err(error::aborted)??,
            None => ports.layout.image(&image.id),
        };
        let disk = |role, path, read_only| Disk {
            role,
            path,
            read_only,
        };
        let mut disks = vec![
            disk(DiskRole::Image, rootfs, true),
            disk(DiskRole::System, files.system, false),
            disk(DiskRole::Home, files.home, false),
        ];
        disks.extend(modules.map(|path| disk(DiskRole::Modules, path, true)));
        Ok(MachineSpec {
            id: record.id.clone(),
            runtime_dir: files.runtime_dir,
            kernel: ports.layout.kernel(&kernel.id).join("vmlinux"),
            initramfs,
            vcpus: record.vcpus,
            memory_mib: record.memory_mib,
            disks,
            network: match record.network {
                banger_api::Network::User => Some(NetworkAttachment::UserMode),
                banger_api::Network::None => None,
            },
            console_log: files.console_log,
            vmm_log: files.vmm_log,
            run_as,
        })
    }
}

/// An empty directory for the machine's sockets, which only its own user enters.
fn renew_directory(directory: &Path, owner: Option<u32>) -> io::Result<()> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    std::fs::DirBuilder::new().mode(0o700).create(directory)?;
    if owner.is_some() {
        chown(directory, owner, owner)?;
    }
    Ok(())
}

fn ended(reason: &ExitReason) -> Problem {
    let how = match reason {
        ExitReason::PoweredOff => "powered off before it was ready".to_owned(),
        ExitReason::Rebooted => "reset before it was ready".to_owned(),
        ExitReason::Terminated => "was terminated before it was ready".to_owned(),
        ExitReason::Failed(message) => format!("lost its VMM: {message}"),
    };
    Problem::new(ErrorCode::BootFailed, format!("the guest {how}"))
}

/// What the guest writes to its console from some moment on. The file holds all boots, and a
/// guest can make it as long as it likes.
struct Console {
    path: PathBuf,
    begin: u64,
}

impl Console {
    async fn now(path: PathBuf) -> Self {
        let begin = tokio::fs::metadata(&path)
            .await
            .map_or(0, |file| file.len());
        Self { path, begin }
    }

    /// Adds its end, where the cause usually stands.
    async fn explain(&self, mut problem: Problem) -> Problem {
        let tail = self.tail().await.unwrap_or_default();
        if !tail.is_empty() {
            problem.detail = format!("{}; the console ends:\n{tail}", problem.detail);
        }
        problem
    }

    async fn tail(&self) -> io::Result<String> {
        let mut file = tokio::fs::File::open(&self.path).await?;
        let end = file.metadata().await?.len();
        let start = self.begin.max(end.saturating_sub(CONSOLE_TAIL));
        file.seek(io::SeekFrom::Start(start)).await?;
        let mut bytes = Vec::new();
        file.take(CONSOLE_TAIL).read_to_end(&mut bytes).await?;
        let printable = |c: &char| *c == '\n' || !c.is_control();
        let text: String = String::from_utf8_lossy(&bytes)
            .chars()
            .filter(printable)
            .collect();
        Ok(text.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failed_boot_shows_the_end_of_its_own_console() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("console.log");
        let problem = || Problem::new(ErrorCode::BootFailed, "hung");
        std::fs::write(&path, "the last boot").unwrap();
        let console = Console::now(path.clone()).await;
        assert_eq!(console.explain(problem()).await.detail, "hung");
        std::fs::write(&path, "the last boot\x1b[0m\nno init").unwrap();
        let told = console.explain(problem()).await.detail;
        assert_eq!(told, "hung; the console ends:\n[0m\nno init");
        std::fs::write(&path, "x".repeat(100_000)).unwrap();
        assert!(console.explain(problem()).await.detail.len() < 2000);
    }
}
