//! `banger kernel list`.

use banger_api::{KernelList, size};
use banger_client::ClientError;
use jiff::Timestamp;

use crate::{
    context::Context, error::CliError, exit_status::ExitStatus, human::since, table::Table,
};

/// Lists the kernels, and what the catalog has beside them.
///
/// # Errors
/// When the daemon does not answer.
pub async fn run(context: &Context) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let list = client.api().list_kernels().send().await;
    let list = list.map_err(ClientError::from)?.into_inner();
    context.printer.answer(&list, || {
        if context.printer.quiet {
            list.kernels
                .iter()
                .map(|kernel| format!("{}\n", kernel.name))
                .collect()
        } else {
            table(&list, Timestamp::now()).to_string()
        }
    })?;
    let here = |name: &&String| list.kernels.iter().any(|kernel| &kernel.name == *name);
    let more: Vec<_> = list.available.iter().filter(|name| !here(name)).collect();
    if let Some(name) = more.first().filter(|_| !context.printer.is_json()) {
        context
            .printer
            .note(format!("the catalog has more: banger kernel pull {name}"));
    }
    Ok(ExitStatus::Success)
}

fn table(list: &KernelList, now: Timestamp) -> Table {
    let mut table = Table::new(["NAME", "RELEASE", "SIZE", "AGE", "USED BY"]);
    for kernel in &list.kernels {
        table.row([
            kernel.name.clone(),
            kernel.release.clone(),
            size::display(kernel.size),
            since(kernel.created_at, now),
            kernel.used_by.join(", "),
        ]);
    }
    table
}
