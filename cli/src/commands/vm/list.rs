//! `banger vm list`.

use banger_api::{Vm, VmAccelerator, VmList};
use banger_client::ClientError;
use jiff::Timestamp;

use crate::{
    context::Context,
    error::CliError,
    exit_status::ExitStatus,
    human::{mebibytes, since, word},
    table::Table,
};

/// Lists the VMs, the oldest first.
///
/// # Errors
/// When the daemon does not answer.
pub async fn run(context: &Context) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let list = client.api().list_vms().send().await;
    let list = list.map_err(ClientError::from)?.into_inner();
    context.printer.answer(&list, || {
        if context.printer.quiet {
            list.vms.iter().map(|vm| format!("{}\n", vm.name)).collect()
        } else {
            table(&list, Timestamp::now()).to_string()
        }
    })?;
    Ok(ExitStatus::Success)
}

fn table(list: &VmList, now: Timestamp) -> Table {
    let mut table = Table::new([
        "NAME", "ID", "STATE", "VCPU", "MEMORY", "IMAGE", "UP", "NOTE",
    ]);
    for vm in &list.vms {
        table.row([
            vm.name.clone(),
            vm.id.clone(),
            word(&vm.state),
            vm.vcpus.to_string(),
            mebibytes(vm.memory_mib.into()),
            vm.image.clone(),
            vm.started_at
                .map(|then| since(then, now))
                .unwrap_or_default(),
            note(vm),
        ]);
    }
    table
}

fn note(vm: &Vm) -> String {
    match (&vm.reason, vm.accelerator) {
        (Some(reason), _) => reason.clone(),
        (None, Some(VmAccelerator::Tcg)) => "emulated".to_owned(),
        (None, Some(VmAccelerator::Kvm) | None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use banger_api::{Network, VmState};

    #[test]
    fn a_row_a_vm() {
        let now = Timestamp::from_second(10_000).unwrap();
        let vm = Vm {
            id: "0123456789ab".to_owned(),
            name: "brave-otter".to_owned(),
            state: VmState::Running,
            reason: None,
            generation: 1,
            image: "debian-bookworm".to_owned(),
            image_id: None,
            kernel: "debian-cloud".to_owned(),
            kernel_id: None,
            vcpus: 2,
            memory_mib: 1536,
            disk_mib: 8192,
            network: Network::User,
            accelerator: Some(VmAccelerator::Tcg),
            vmm_pid: Some(7),
            boot: None,
            created_at: now,
            started_at: Timestamp::from_second(9_700).ok(),
        };
        let stopped = Vm {
            name: "x".to_owned(),
            state: VmState::Stopped,
            reason: Some("the guest powered off".to_owned()),
            accelerator: None,
            started_at: None,
            ..vm.clone()
        };
        let list = VmList {
            vms: vec![vm, stopped],
        };
        let expected = "\
NAME         ID            STATE    VCPU  MEMORY   IMAGE            UP  NOTE
brave-otter  0123456789ab  running  2     1.5 GiB  debian-bookworm  5m  emulated
x            0123456789ab  stopped  2     1.5 GiB  debian-bookworm      the guest powered off
";
        assert_eq!(table(&list, now).to_string(), expected);
    }
}
