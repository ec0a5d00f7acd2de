//! Boots real machines.
//!
//! Needs QEMU, vhost-device-vsock (in PATH, or named by `BANGER_TEST_VHOST_DEVICE_VSOCK`) and
//! an ELF vmlinux (`BANGER_TEST_VMLINUX`). Some need an initramfs (`BANGER_TEST_INITRAMFS`)
//! whose /init dials the host's vsock port 1024. Each skips, and says why, where something is
//! missing.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used
)]

mod guest;

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use banger_vmm::process::find_strays;
use banger_vmm::qemu::{AccelerationChoice, QemuConfig, QemuVmm};
use banger_vmm::watchdog::{BootFailure, BootLimits, watch_boot};
use banger_vmm::{
    Disk, DiskRole, ExitReason, Machine, MachineSpec, NetworkAttachment, ProcessRecord, Vmm,
    VmmError, VmmKind,
};
use guest::Guest;
use tokio::time::timeout;

/// How long a boot may take on a host that does other things as well.
const BOOT_DEADLINE: Duration = Duration::from_secs(120);
const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;
/// A user that owns nothing.
const NOBODY: u32 = 65534;

/// A backend and what to boot.
struct Lab {
    vmm: QemuVmm,
    kernel: PathBuf,
    initramfs: PathBuf,
}

/// A place for one machine's files.
struct Place {
    root: tempfile::TempDir,
    run_as: Option<u32>,
}

fn config() -> QemuConfig {
    let mut config = QemuConfig {
        acceleration: AccelerationChoice::Auto,
        ..QemuConfig::default()
    };
    if let Some(path) = std::env::var_os("BANGER_TEST_VHOST_DEVICE_VSOCK") {
        config.vhost_device_vsock = path.into();
    }
    config
}

fn from_environment(name: &str) -> Option<PathBuf> {
    let value = std::env::var_os(name);
    if value.is_none() {
        println!("skipped: {name} is not set");
    }
    value.map(PathBuf::from)
}

/// What boots a guest that says hello; nothing where something is missing.
async fn lab() -> Option<Lab> {
    lab_of(from_environment("BANGER_TEST_INITRAMFS")?).await
}

/// What boots a guest of a few bytes; nothing where something is missing.
async fn small_lab(place: &Place, guest: Guest) -> Option<Lab> {
    let path = place.path("initramfs");
    std::fs::write(&path, guest::initramfs(guest)).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    lab_of(path).await
}

async fn lab_of(initramfs: PathBuf) -> Option<Lab> {
    let kernel = from_environment("BANGER_TEST_VMLINUX")?;
    let vmm = QemuVmm::new(config());
    if let Err(error) = vmm.warm_up().await {
        println!("skipped: {error}");
        return None;
    }
    println!("{}", vmm.reason());
    Some(Lab {
        vmm,
        kernel,
        initramfs,
    })
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        // As root, the machine's processes are to be nobody's.
        let run_as = nix::unistd::geteuid().is_root().then_some(NOBODY);
        let place = Self { root, run_as };
        std::fs::create_dir(place.runtime_dir()).unwrap();
        if run_as.is_some() {
            std::os::unix::fs::chown(place.runtime_dir(), run_as, run_as).unwrap();
        }
        for name in ["image", "system"] {
            let file = std::fs::File::create(place.path(name)).unwrap();
            file.set_len(64 << 20).unwrap();
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn runtime_dir(&self) -> PathBuf {
        self.path("vm1")
    }

    fn spec(&self, lab: &Lab) -> MachineSpec {
        let disk = |role, name, read_only| Disk {
            role,
            path: self.path(name),
            read_only,
        };
        MachineSpec {
            id: "vm1".to_owned(),
            runtime_dir: self.runtime_dir(),
            kernel: lab.kernel.clone(),
            initramfs: lab.initramfs.clone(),
            vcpus: 2,
            memory_mib: 512,
            disks: vec![
                disk(DiskRole::Image, "image", true),
                disk(DiskRole::System, "system", false),
            ],
            network: Some(NetworkAttachment::UserMode),
            console_log: self.path("console.log"),
            vmm_log: self.path("vmm.log"),
            run_as: self.run_as,
        }
    }

    fn log(&self, name: &str) -> String {
        let text = std::fs::read(self.path(name)).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.runtime_dir()).unwrap();
        entries.flatten().map(|entry| entry.path()).collect()
    }

    /// Nothing of a machine is left: no process and no socket.
    fn assert_clean(&self) {
        assert_eq!(find_strays(self.root.path()).unwrap(), Vec::new());
        assert_eq!(self.files(), Vec::<PathBuf>::new());
    }

    /// Nothing of a machine is left soon.
    async fn assert_becomes_clean(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline
            && !(find_strays(self.root.path()).unwrap().is_empty() && self.files().is_empty())
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.assert_clean();
    }
}

/// Starts a machine and awaits its guest's hello.
async fn boot(lab: &Lab, place: &Place) -> Box<dyn Machine> {
    let begun = Instant::now();
    let machine = lab.vmm.start(&place.spec(lab)).await.unwrap();
    let started = begun.elapsed();
    let hello = machine.hello_listener().unwrap();
    let stream = timeout(BOOT_DEADLINE, hello.accept()).await;
    let stream = stream.unwrap_or_else(|_| panic!("no hello:\n{}", place.log("console.log")));
    drop(stream.unwrap());
    println!("started in {started:?}, up in {:?}", begun.elapsed());
    machine
}

async fn ended(machine: &dyn Machine) -> ExitReason {
    timeout(Duration::from_secs(30), machine.wait())
        .await
        .expect("the machine did not end")
}

fn status_of(pid: i32, field: &str) -> String {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find(|line| line.starts_with(field));
    line.unwrap_or_default().to_owned()
}

fn groups_of(pid: i32) -> Vec<u32> {
    let line = status_of(pid, "Groups:");
    let groups = line.split_whitespace().skip(1);
    groups.map(|group| group.parse().unwrap()).collect()
}

/// None but that of /dev/kvm, for QEMU where it uses it.
fn groups_allowed(lab: &Lab, process: &ProcessRecord) -> Vec<u32> {
    let program = process.executable().unwrap();
    let is_qemu = !program.ends_with("vhost-device-vsock");
    if is_qemu && lab.vmm.kind() == VmmKind::QemuKvm {
        vec![std::fs::metadata("/dev/kvm").unwrap().gid()]
    } else {
        Vec::new()
    }
}

#[tokio::test]
async fn a_machine_boots_sandboxed_and_a_kill_leaves_nothing() {
    let Some(lab) = lab().await else { return };
    let place = Place::new();
    let machine = boot(&lab, &place).await;
    let record = machine.record();
    for process in record.helpers.iter().chain([&record.process]) {
        assert!(process.is_alive());
        assert!(status_of(process.pid, "NoNewPrivs").ends_with('1'));
        if place.run_as.is_some() {
            let nobody = format!("Uid:\t{NOBODY}\t{NOBODY}\t{NOBODY}\t{NOBODY}");
            assert_eq!(status_of(process.pid, "Uid:"), nobody);
            assert_eq!(groups_of(process.pid), groups_allowed(&lab, process));
            assert!(status_of(process.pid, "CapPrm").ends_with("0000000000000000"));
        }
    }
    assert!(status_of(record.process.pid, "Seccomp:").ends_with('2'));
    assert!(place.log("console.log").len() > 1);
    let mut strays = find_strays(place.root.path()).unwrap();
    strays.sort_by_key(|stray| stray.0.pid);
    assert_eq!(strays.len(), 2, "{strays:?}");
    assert!(strays.iter().all(|stray| stray.1 == place.runtime_dir()));
    let progress = machine.progress().await.unwrap();
    assert!(progress > 500, "{progress}");
    machine.signal(SIGKILL).unwrap();
    assert_eq!(ended(&*machine).await, ExitReason::Terminated);
    assert_eq!(ended(&*machine).await, ExitReason::Terminated);
    place.assert_clean();
}

#[tokio::test]
async fn a_machine_is_found_again_and_told_to_end() {
    let Some(lab) = lab().await else { return };
    let place = Place::new();
    let first = boot(&lab, &place).await;
    let record = first.record();
    drop(first);
    let found = lab
        .vmm
        .adopt(&record)
        .await
        .unwrap()
        .expect("it still runs");
    assert_eq!(found.record(), record);
    assert!(found.progress().await.unwrap() > 0);
    found.hello_listener().unwrap();
    found.signal(SIGTERM).unwrap();
    assert_eq!(ended(&*found).await, ExitReason::Terminated);
    place.assert_clean();
    assert!(lab.vmm.adopt(&record).await.unwrap().is_none());
}

#[tokio::test]
async fn a_machine_whose_vsock_device_dies_has_failed() {
    let Some(lab) = lab().await else { return };
    let place = Place::new();
    let machine = boot(&lab, &place).await;
    kill(machine.record().helpers[0].pid);
    let reason = ended(&*machine).await;
    assert!(
        matches!(&reason, ExitReason::Failed(what) if what.contains("vsock")),
        "{reason:?}"
    );
    place.assert_clean();
}

#[tokio::test]
async fn what_died_while_nobody_watched_is_cleaned_up() {
    let Some(lab) = lab().await else { return };
    let place = Place::new();
    let machine = boot(&lab, &place).await;
    let record = machine.record();
    drop(machine);
    kill(record.process.pid);
    while record.process.is_alive() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(lab.vmm.adopt(&record).await.unwrap().is_none());
    place.assert_clean();
}

#[tokio::test]
async fn a_kernel_that_is_none_is_told_and_leaves_nothing() {
    let Some(mut lab) = lab().await else { return };
    let place = Place::new();
    lab.kernel = place.path("image");
    let spec = place.spec(&lab);
    let outcome = lab.vmm.start(&spec).await;
    let Err(error) = outcome else {
        panic!("it started")
    };
    assert!(matches!(error, VmmError::NotStarted { .. }), "{error}");
    println!("{error}");
    place.assert_clean();
}

#[tokio::test]
async fn two_machines_cannot_write_one_disk() {
    let Some(lab) = lab().await else { return };
    let (first, second) = (Place::new(), Place::new());
    let machine = boot(&lab, &first).await;
    let mut spec = second.spec(&lab);
    spec.disks[1].path = first.path("system");
    let outcome = lab.vmm.start(&spec).await;
    let Err(error) = outcome else {
        panic!("it started")
    };
    assert!(error.to_string().contains("lock"), "{error}");
    second.assert_clean();
    // The image is for all.
    let mut spec = second.spec(&lab);
    spec.disks[0].path = first.path("image");
    let other = lab.vmm.start(&spec).await.unwrap();
    other.signal(SIGKILL).unwrap();
    ended(&*other).await;
    machine.signal(SIGKILL).unwrap();
    ended(&*machine).await;
    second.assert_clean();
}

#[tokio::test]
async fn a_start_given_up_half_way_leaves_nothing() {
    let Some(lab) = lab().await else { return };
    let place = Place::new();
    let spec = place.spec(&lab);
    for wait in [1, 5, 20, 60] {
        let start = lab.vmm.start(&spec);
        if let Ok(Ok(machine)) = timeout(Duration::from_millis(wait), start).await {
            machine.signal(SIGKILL).unwrap();
            ended(&*machine).await;
        }
        place.assert_becomes_clean().await;
    }
}

#[tokio::test]
async fn missing_files_are_named() {
    let Some(mut lab) = lab().await else { return };
    let place = Place::new();
    lab.initramfs = Path::new("/nonexistent/initramfs").to_owned();
    let outcome = lab.vmm.start(&place.spec(&lab)).await;
    let Err(error) = outcome else {
        panic!("it started")
    };
    assert!(error.to_string().contains("/nonexistent/initramfs"));
    place.assert_clean();
}

/// Boots a guest until it ends by itself; tells what it wrote to its console, nothing where
/// something is missing.
async fn ends_as(guest: Guest, expected: ExitReason) -> Option<String> {
    let place = Place::new();
    let lab = small_lab(&place, guest).await?;
    let machine = lab.vmm.start(&place.spec(&lab)).await.unwrap();
    let reason = timeout(BOOT_DEADLINE, machine.wait()).await;
    let reason = reason.unwrap_or_else(|_| panic!("no end:\n{}", place.log("console.log")));
    assert_eq!(reason, expected, "{}", place.log("console.log"));
    place.assert_clean();
    Some(place.log("console.log"))
}

#[tokio::test]
async fn a_guest_that_powers_off_has_powered_off() {
    ends_as(Guest::PowersOff, ExitReason::PoweredOff).await;
}

#[tokio::test]
async fn a_guest_that_resets_has_rebooted() {
    ends_as(Guest::Resets, ExitReason::Rebooted).await;
}

#[tokio::test]
async fn a_guest_whose_kernel_panics_has_rebooted_and_says_so_on_its_console() {
    let Some(console) = ends_as(Guest::None, ExitReason::Rebooted).await else {
        return;
    };
    assert!(console.contains("Kernel panic"), "{console}");
}

#[tokio::test]
async fn a_guest_that_sleeps_for_ever_is_called_hung() {
    let place = Place::new();
    let Some(lab) = small_lab(&place, Guest::Sleeps).await else {
        return;
    };
    if lab.vmm.kind() == VmmKind::QemuKvm {
        println!("skipped: under KVM a sleeping guest's timer looks like progress");
        return;
    }
    let machine = lab.vmm.start(&place.spec(&lab)).await.unwrap();
    let limits = BootLimits {
        stall: Duration::from_secs(4),
        total: BOOT_DEADLINE,
        interval: Duration::from_millis(500),
    };
    let failure = watch_boot(limits, || async { machine.progress().await.ok() }).await;
    assert!(matches!(failure, BootFailure::Hung { .. }), "{failure}");
    machine.signal(SIGKILL).unwrap();
    ended(&*machine).await;
    place.assert_clean();
}

fn kill(pid: i32) {
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(pid),
        nix::sys::signal::Signal::SIGKILL,
    )
    .unwrap();
}
