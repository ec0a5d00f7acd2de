//! `banger vm facts`.

use std::time::Duration;

use banger_api::{GuestFacts, size};
use banger_client::ClientError;

use crate::{
    args::vm::VmArgument, context::Context, error::CliError, exit_status::ExitStatus, human::span,
    table::Table,
};

/// Shows what a running guest tells of itself.
///
/// # Errors
/// When there is none of that name, or it does not run.
pub async fn run(context: &Context, arguments: &VmArgument) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let facts = client.api().get_vm_facts().vm(&arguments.vm).send().await;
    let facts = facts.map_err(ClientError::from)?.into_inner();
    context.printer.answer(&facts, || table(&facts))?;
    Ok(ExitStatus::Success)
}

fn table(facts: &GuestFacts) -> Table {
    let mut table = Table::pairs();
    table.pair("system", facts.os.as_deref().unwrap_or("unknown"));
    table.pair("kernel", &facts.kernel_release);
    table.pair("up", span(Duration::from_millis(facts.uptime_ms)));
    let load = facts.load_average.iter().map(|load| format!("{load:.2}"));
    table.pair("load", load.collect::<Vec<_>>().join(" "));
    let free = |available, total| {
        format!(
            "{} free of {}",
            size::display(available),
            size::display(total)
        )
    };
    table.pair("memory", free(facts.memory_available, facts.memory_total));
    for disk in &facts.disks {
        table.pair(
            &format!("disk {}", disk.mount_point),
            free(disk.available, disk.total),
        );
    }
    table
}
