//! `banger vm show`.

use banger_api::Vm;
use banger_client::ClientError;

use crate::{
    args::vm::VmArgument,
    context::Context,
    error::CliError,
    exit_status::ExitStatus,
    human::{mebibytes, word},
    table::Table,
};

/// Shows all about a VM.
///
/// # Errors
/// When there is none of that name.
pub async fn run(context: &Context, arguments: &VmArgument) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let vm = client.api().get_vm().vm(&arguments.vm).send().await;
    let vm = vm.map_err(ClientError::from)?.into_inner();
    context.printer.answer(&vm, || table(&vm))?;
    Ok(ExitStatus::Success)
}

fn table(vm: &Vm) -> Table {
    let mut table = Table::pairs();
    table.pair("name", &vm.name);
    table.pair("id", &vm.id);
    table.pair("state", word(&vm.state));
    if let Some(reason) = &vm.reason {
        table.pair("reason", reason);
    }
    table.pair("image", &vm.image);
    table.pair("kernel", &vm.kernel);
    table.pair("vCPU", vm.vcpus);
    table.pair("memory", mebibytes(vm.memory_mib.into()));
    table.pair("disk", mebibytes(vm.disk_mib));
    table.pair("network", word(&vm.network));
    if let Some(accelerator) = &vm.accelerator {
        table.pair("runs by", word(accelerator));
    }
    if let Some(pid) = vm.vmm_pid {
        table.pair("process", pid);
    }
    if let Some(boot) = &vm.boot {
        let again = match boot.attempts {
            0 | 1 => String::new(),
            attempts => format!(", at attempt {attempts}"),
        };
        table.pair("boot", format!("ready after {} ms{again}", boot.ready_ms));
    }
    table.pair("created", vm.created_at);
    if let Some(started) = vm.started_at {
        table.pair("started", started);
    }
    table
}
