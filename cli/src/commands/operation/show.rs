//! `banger operation show`.

use banger_api::Operation;
use banger_client::ClientError;

use crate::{
    args::operation::OperationArgument, context::Context, error::CliError, exit_status::ExitStatus,
    human::word, table::Table,
};

/// Shows all about an operation.
///
/// # Errors
/// When there is none of that id.
pub async fn run(context: &Context, arguments: &OperationArgument) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let asked = client.api().get_operation().operation(&arguments.operation);
    let operation = asked.send().await.map_err(ClientError::from)?.into_inner();
    context.printer.answer(&operation, || table(&operation))?;
    Ok(ExitStatus::Success)
}

fn table(operation: &Operation) -> Table {
    let mut table = Table::pairs();
    table.pair("id", &operation.id);
    table.pair("what", word(&operation.kind));
    table.pair("target", &operation.target);
    table.pair("state", word(&operation.state));
    table.pair("stage", &operation.stage);
    table.pair("started", operation.started_at);
    if let Some(ended) = operation.ended_at {
        table.pair("ended", ended);
    }
    if let Some(error) = &operation.error {
        table.pair("error", &error.detail);
        if let Some(hint) = &error.hint {
            table.pair("hint", hint);
        }
    }
    for note in &operation.notes {
        table.pair("note", note);
    }
    table
}
