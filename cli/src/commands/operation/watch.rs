//! `banger operation watch`.

use banger_api::OperationState;
use futures_util::TryStreamExt;

use crate::{
    args::operation::OperationArgument, context::Context, error::CliError, exit_status::ExitStatus,
    progress::Progress,
};

/// Follows an operation until it ends; as JSON, one object a line. Fails when it does. Who
/// only watches cancels nothing.
///
/// # Errors
/// When there is none of that id, or it failed.
pub async fn run(context: &Context, arguments: &OperationArgument) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    if context.printer.is_json() {
        let mut changes = client.watch_operation(&arguments.operation, false).await?;
        let mut state = OperationState::Running;
        while let Some(operation) = changes.try_next().await? {
            context.printer.json_line(&operation)?;
            state = operation.state;
        }
        return Ok(match state {
            OperationState::Succeeded => ExitStatus::Success,
            OperationState::Running | OperationState::Failed | OperationState::Cancelled => {
                ExitStatus::Failure
            }
        });
    }
    let mut progress = Progress::new(context.printer);
    let show = |operation: &_| progress.operation(operation);
    client.follow(&arguments.operation, false, show).await?;
    drop(progress);
    context.printer.note("done");
    Ok(ExitStatus::Success)
}
