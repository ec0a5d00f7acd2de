//! `banger operation list`.

use banger_api::OperationList;
use banger_client::ClientError;
use jiff::Timestamp;

use crate::{
    context::Context,
    error::CliError,
    exit_status::ExitStatus,
    human::{since, word},
    table::Table,
};

/// Lists operations, the newest first.
///
/// # Errors
/// When the daemon does not answer.
pub async fn run(context: &Context) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let list = client.api().list_operations().send().await;
    let list = list.map_err(ClientError::from)?.into_inner();
    context.printer.answer(&list, || {
        if context.printer.quiet {
            list.operations
                .iter()
                .map(|operation| format!("{}\n", operation.id))
                .collect()
        } else {
            table(&list, Timestamp::now()).to_string()
        }
    })?;
    Ok(ExitStatus::Success)
}

fn table(list: &OperationList, now: Timestamp) -> Table {
    let mut table = Table::new(["ID", "WHAT", "TARGET", "STATE", "STAGE", "AGE"]);
    for operation in &list.operations {
        table.row([
            operation.id.clone(),
            word(&operation.kind),
            operation.target.clone(),
            word(&operation.state),
            operation.stage.clone(),
            since(operation.started_at, now),
        ]);
    }
    table
}
