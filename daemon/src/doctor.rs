//! What VMs need of this host, and whether it is there.

use std::path::Path;

use banger_api::{Check, CheckResult, DoctorReport};
use banger_config::find_program;
use banger_vmm::{VmmKind, qemu};

use crate::app::App;

/// Looks at everything anew.
pub async fn examine(app: &App) -> DoctorReport {
    let report = qemu::examine(&app.qemu).await;
    let mut checks = vec![match &report.qemu {
        Ok((path, version)) => ok("qemu", format!("{} {version}", path.display())),
        Err(error) => failed(
            "qemu",
            &error.to_string(),
            "apt-get install qemu-system-x86",
        ),
    }];
    checks.push(match &report.vhost_device_vsock {
        Ok(path) => ok("vsock", path.display().to_string()),
        Err(error) => failed(
            "vsock",
            &error.to_string(),
            "cargo install vhost-device-vsock, or `make build`, which puts it beside bangerd",
        ),
    });
    checks.push(acceleration(app, &report));
    checks.push(match &app.agent {
        Some(path) => ok("agent", path.display().to_string()),
        None => failed(
            "agent",
            "banger-agent was not found beside bangerd or in PATH",
            "set agent_path in config.toml, or build it: `make build`",
        ),
    });
    checks.push(program(
        "mke2fs",
        "makes disks",
        "e2fsprogs",
        CheckResult::Failed,
    ));
    checks.push(program(
        "mmdebstrap",
        "builds images",
        "mmdebstrap",
        CheckResult::Warning,
    ));
    checks.push(program(
        "apt-get",
        "downloads kernels",
        "apt",
        CheckResult::Warning,
    ));
    checks.push(space(&app.settings.state_dir.value));
    DoctorReport {
        ok: checks
            .iter()
            .all(|check| check.result != CheckResult::Failed),
        checks,
        vm_defaults: app.vms.defaults().clone(),
    }
}

fn acceleration(app: &App, report: &qemu::QemuReport) -> Check {
    let detail = app.vmm_line.clone();
    let kvm = report.kvm.is_usable();
    match banger_vmm::Vmm::kind(&qemu::QemuVmm::new(app.qemu.clone())) {
        VmmKind::QemuKvm if kvm => ok("acceleration", detail),
        VmmKind::QemuKvm => failed("acceleration", &detail, "set vmm to auto in config.toml"),
        VmmKind::QemuTcg => Check {
            name: "acceleration".to_owned(),
            result: CheckResult::Warning,
            detail,
            hint: Some(
                "VMs work, about ten times slower; a host with KVM has no such limit".into(),
            ),
        },
    }
}

fn program(name: &str, purpose: &str, package: &str, missing: CheckResult) -> Check {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // An unprivileged user's PATH often lacks these.
    let places = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    let places = std::env::join_paths(places).unwrap_or(path);
    match find_program(None, None, name, Some(&places)) {
        Some(path) => ok(name, path.display().to_string()),
        None => Check {
            name: name.to_owned(),
            result: missing,
            detail: format!("{name}, which {purpose}, is not installed"),
            hint: Some(format!("apt-get install {package}")),
        },
    }
}

/// How much space should be free: an image and a VM that works a little, in bytes.
const COMFORTABLE: u64 = 4 << 30;

fn space(directory: &Path) -> Check {
    match nix::sys::statvfs::statvfs(directory) {
        Ok(stat) => {
            let free = stat.blocks_available() * stat.fragment_size();
            let detail = format!(
                "{} free in {}",
                banger_api::size::display(free),
                directory.display()
            );
            if free >= COMFORTABLE {
                return ok("space", detail);
            }
            let hint = Some("free some, or set state_dir in config.toml".to_owned());
            Check {
                name: "space".to_owned(),
                result: CheckResult::Warning,
                detail,
                hint,
            }
        }
        Err(error) => failed("space", &error.to_string(), "set state_dir in config.toml"),
    }
}

fn ok(name: &str, detail: String) -> Check {
    Check {
        name: name.to_owned(),
        result: CheckResult::Ok,
        detail,
        hint: None,
    }
}

fn failed(name: &str, detail: &str, hint: &str) -> Check {
    Check {
        name: name.to_owned(),
        result: CheckResult::Failed,
        detail: detail.to_owned(),
        hint: Some(hint.to_owned()),
    }
}
