//! QEMU's `microvm` machine: a few virtio-mmio devices, no PCI, no disk firmware; the kernel
//! is entered directly (PVH). Source: <https://www.qemu.org/docs/master/system/i386/microvm.html>.
//!
//! | file | role |
//! |---|---|
//! | `args.rs` | a machine as QEMU's arguments; pure |
//! | `kernel_command_line.rs` | the guest kernel's command line; pure |
//! | `version.rs` | which QEMU it is, and whether it has what is needed |
//! | `programs.rs` | where the programs are |
//! | `doctor.rs` | what of all that is there, for people |
//! | `files.rs` | a machine's files: opened for processes of another user, logs, sockets |
//! | `spawn.rs` | starts the machine's processes, sandboxed |
//! | `vsock.rs` | the vsock device beside QEMU |
//! | `start.rs` | starts a machine, or leaves nothing of it |
//! | `machine.rs` | a running machine |
//! | `supervise.rs` | awaits its end, tells why, cleans up |
//! | `progress.rs` | whether the guest still does anything |
//! | `qmp/` | QEMU's control protocol |

mod args;
mod doctor;
mod files;
mod kernel_command_line;
mod machine;
mod programs;
mod progress;
mod qmp;
mod spawn;
mod start;
mod supervise;
mod version;
mod vsock;

use std::path::PathBuf;

pub use doctor::{QemuReport, examine};
pub use version::QemuVersion;
pub use vsock::HELLO_PORT;

use crate::kvm::{self, KvmVerdict};
use crate::{Machine, MachineRecord, MachineSpec, Vmm, VmmError, VmmKind};

/// The QEMU of the host's processors.
pub const DEFAULT_QEMU: &str = "qemu-system-x86_64";
/// The vsock device's usual name.
pub const DEFAULT_VHOST_DEVICE_VSOCK: &str = "vhost-device-vsock";

/// Which programs to run, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QemuConfig {
    /// QEMU: a path, or a name to look for in PATH.
    pub qemu: PathBuf,
    /// vhost-device-vsock: a path, or a name to look for in PATH.
    pub vhost_device_vsock: PathBuf,
    /// Whether to use KVM.
    pub acceleration: AccelerationChoice,
}

impl Default for QemuConfig {
    fn default() -> Self {
        Self {
            qemu: DEFAULT_QEMU.into(),
            vhost_device_vsock: DEFAULT_VHOST_DEVICE_VSOCK.into(),
            acceleration: AccelerationChoice::Auto,
        }
    }
}

/// Whether to use KVM, as the user says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccelerationChoice {
    /// Where it is usable.
    #[default]
    Auto,
    /// Always; where it is not usable, machines do not start.
    Kvm,
    /// Never.
    Tcg,
}

/// How the guest's processors are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Acceleration {
    /// By the processor itself.
    Kvm,
    /// In software.
    Tcg {
        /// See [`crate::tsc`].
        tsc_khz: Option<u32>,
    },
}

/// The backend.
#[derive(Debug)]
pub struct QemuVmm {
    config: QemuConfig,
    kind: VmmKind,
    kvm: KvmVerdict,
    /// What was found of the programs, once they were looked for.
    programs: tokio::sync::OnceCell<programs::Programs>,
}

impl QemuVmm {
    /// A backend that looks for KVM now, and for its programs when they are needed.
    pub fn new(config: QemuConfig) -> Self {
        let kvm = kvm::verdict();
        let kind = choose(config.acceleration, &kvm);
        Self {
            config,
            kind,
            kvm,
            programs: tokio::sync::OnceCell::new(),
        }
    }

    /// Why it is KVM or not, on one line, for the user.
    pub fn reason(&self) -> String {
        match (self.config.acceleration, self.kind) {
            (AccelerationChoice::Auto, VmmKind::QemuTcg) => format!(
                "VMs run in software (QEMU TCG), about ten times slower than with KVM: {}",
                self.kvm
            ),
            (AccelerationChoice::Tcg, _) | (_, VmmKind::QemuTcg) => {
                "VMs run in software (QEMU TCG), as configured: slow".to_owned()
            }
            (_, VmmKind::QemuKvm) => self.kvm.to_string(),
        }
    }

    /// Finds the programs and their versions, so that the first start need not: 0.1 s.
    ///
    /// # Errors
    /// When one is missing or too old.
    pub async fn warm_up(&self) -> Result<QemuVersion, VmmError> {
        let (programs, _) = tokio::join!(self.programs(), host_tsc_khz());
        Ok(programs?.version)
    }

    async fn programs(&self) -> Result<&programs::Programs, VmmError> {
        self.programs
            .get_or_try_init(|| programs::find(&self.config))
            .await
    }

    async fn acceleration(&self) -> Result<Acceleration, VmmError> {
        match self.kind {
            VmmKind::QemuKvm if !self.kvm.is_usable() => Err(VmmError::NotStarted {
                program: "KVM".to_owned(),
                message: self.kvm.to_string(),
            }),
            VmmKind::QemuKvm => Ok(Acceleration::Kvm),
            VmmKind::QemuTcg => Ok(Acceleration::Tcg {
                tsc_khz: host_tsc_khz().await,
            }),
        }
    }
}

/// Measuring sleeps, and so does not belong on the runtime's own threads.
async fn host_tsc_khz() -> Option<u32> {
    tokio::task::spawn_blocking(crate::tsc::host_tsc_khz)
        .await
        .ok()
        .flatten()
}

fn choose(choice: AccelerationChoice, kvm: &KvmVerdict) -> VmmKind {
    match choice {
        AccelerationChoice::Kvm => VmmKind::QemuKvm,
        AccelerationChoice::Tcg => VmmKind::QemuTcg,
        AccelerationChoice::Auto if kvm.is_usable() => VmmKind::QemuKvm,
        AccelerationChoice::Auto => VmmKind::QemuTcg,
    }
}

#[async_trait::async_trait]
impl Vmm for QemuVmm {
    fn kind(&self) -> VmmKind {
        self.kind
    }

    async fn start(&self, spec: &MachineSpec) -> Result<Box<dyn Machine>, VmmError> {
        let (programs, acceleration) = tokio::try_join!(self.programs(), self.acceleration())?;
        let machine = start::start(programs, acceleration, spec).await?;
        Ok(Box::new(machine))
    }

    async fn adopt(&self, record: &MachineRecord) -> Result<Option<Box<dyn Machine>>, VmmError> {
        let machine = machine::QemuMachine::adopt(record).await?;
        Ok(machine.map(|machine| Box::new(machine) as Box<dyn Machine>))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USABLE: KvmVerdict = KvmVerdict::Usable { backend: "kvm_amd" };

    fn vmm(acceleration: AccelerationChoice, kvm: KvmVerdict) -> QemuVmm {
        QemuVmm {
            kind: choose(acceleration, &kvm),
            config: QemuConfig {
                acceleration,
                ..QemuConfig::default()
            },
            kvm,
            programs: tokio::sync::OnceCell::new(),
        }
    }

    #[test]
    fn auto_takes_kvm_only_where_it_is_usable() {
        assert_eq!(choose(AccelerationChoice::Auto, &USABLE), VmmKind::QemuKvm);
        let unusable = KvmVerdict::NoHardwareBackend;
        assert_eq!(
            choose(AccelerationChoice::Auto, &unusable),
            VmmKind::QemuTcg
        );
    }

    #[test]
    fn software_is_said_to_be_slow_and_why() {
        let reason = vmm(AccelerationChoice::Auto, KvmVerdict::NoHardwareBackend).reason();
        assert!(reason.contains("slower"), "{reason}");
        assert!(reason.contains("kvm_intel"), "{reason}");
        assert!(!reason.contains('\n'));
        let reason = vmm(AccelerationChoice::Tcg, USABLE).reason();
        assert!(reason.contains("as configured"), "{reason}");
    }

    #[tokio::test]
    async fn kvm_by_force_without_kvm_is_an_error_with_the_reason() {
        let vmm = vmm(AccelerationChoice::Kvm, KvmVerdict::Absent);
        let error = vmm.acceleration().await.unwrap_err();
        assert!(error.to_string().contains("/dev/kvm"), "{error}");
    }
}
