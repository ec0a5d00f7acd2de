//! `banger doctor`.

use banger_api::{CheckResult, DefaultSource, DoctorReport};
use banger_client::ClientError;

use crate::{
    context::Context, error::CliError, exit_status::ExitStatus, human::mebibytes, table::Table,
};

/// Tells whether VMs can run here. Fails when they cannot.
///
/// # Errors
/// When the daemon does not answer.
pub async fn run(context: &Context) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let report = client.api().get_doctor().send().await;
    let report = report.map_err(ClientError::from)?.into_inner();
    context.printer.answer(&report, || text(&report))?;
    Ok(if report.ok {
        ExitStatus::Success
    } else {
        ExitStatus::Failure
    })
}

fn text(report: &DoctorReport) -> String {
    let mut text = String::new();
    for check in &report.checks {
        let mark = match check.result {
            CheckResult::Ok => "ok     ",
            CheckResult::Warning => "warning",
            CheckResult::Failed => "FAILED ",
        };
        text.push_str(&format!("{mark}  {}: {}\n", check.name, check.detail));
        if let Some(hint) = &check.hint {
            text.push_str(&format!("         hint: {hint}\n"));
        }
    }
    let defaults = &report.vm_defaults;
    let from = |source| match source {
        DefaultSource::Config => "from your settings",
        DefaultSource::Host => "from this host's size",
        DefaultSource::Constant => "built in",
    };
    let mut table = Table::pairs();
    let sized = |value: String, source| format!("{value} ({})", from(source));
    table.pair(
        "vCPU",
        sized(defaults.vcpus.to_string(), defaults.vcpus_from),
    );
    let memory = mebibytes(defaults.memory_mib.into());
    table.pair("memory", sized(memory, defaults.memory_from));
    table.pair(
        "disk",
        sized(mebibytes(defaults.disk_mib), defaults.disk_from),
    );
    table.pair("image", &defaults.image);
    table.pair("kernel", &defaults.kernel);
    let verdict = if report.ok {
        "VMs can run here."
    } else {
        "VMs cannot run here yet."
    };
    format!("{text}\nA VM gets, when nothing else is asked for:\n{table}\n{verdict}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use banger_api::{Check, VmDefaults};

    #[test]
    fn what_failed_stands_out_with_its_remedy() {
        let report = DoctorReport {
            ok: false,
            checks: vec![Check {
                name: "QEMU".to_owned(),
                result: CheckResult::Failed,
                detail: "not found".to_owned(),
                hint: Some("apt-get install qemu-system-x86".to_owned()),
            }],
            vm_defaults: VmDefaults {
                vcpus: 1,
                vcpus_from: DefaultSource::Host,
                memory_mib: 1024,
                memory_from: DefaultSource::Config,
                disk_mib: 8192,
                disk_from: DefaultSource::Constant,
                image: "debian-bookworm".to_owned(),
                kernel: "debian-cloud".to_owned(),
            },
        };
        let expected = "FAILED   QEMU: not found
         hint: apt-get install qemu-system-x86

A VM gets, when nothing else is asked for:
vCPU:    1 (from this host's size)
memory:  1 GiB (from your settings)
disk:    8 GiB (built in)
image:   debian-bookworm
kernel:  debian-cloud

VMs cannot run here yet.
";
        assert_eq!(text(&report), expected);
    }
}
