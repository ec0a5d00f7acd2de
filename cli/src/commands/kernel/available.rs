//! `banger kernel list --available`.

use banger_api::{KernelCatalog, size};
use banger_client::ClientError;

use crate::{context::Context, error::CliError, exit_status::ExitStatus, table::Table};

/// Lists what can be pulled.
///
/// # Errors
/// When the daemon does not answer. A catalog that cannot be had is a note: what is built in
/// is there without it.
pub async fn run(context: &Context) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let catalog = client.api().list_kernel_catalog().send().await;
    let catalog = catalog.map_err(ClientError::from)?.into_inner();
    context.printer.answer(&catalog, || {
        if context.printer.quiet {
            catalog
                .kernels
                .iter()
                .map(|kernel| format!("{}\n", kernel.name))
                .collect()
        } else {
            table(&catalog).to_string()
        }
    })?;
    if let Some(problem) = catalog.problem.filter(|_| !context.printer.is_json()) {
        context.printer.note(format!(
            "the catalog of the settings cannot be had: {problem}"
        ));
    }
    Ok(ExitStatus::Success)
}

fn table(catalog: &KernelCatalog) -> Table {
    let mut table = Table::new(["NAME", "VERSION", "SIZE", "SOURCE", "DESCRIPTION"]);
    for kernel in &catalog.kernels {
        table.row([
            kernel.name.clone(),
            kernel.version.clone().unwrap_or_default(),
            kernel.size.map(size::display).unwrap_or_default(),
            kernel.source.clone(),
            kernel.description.clone(),
        ]);
    }
    table
}
