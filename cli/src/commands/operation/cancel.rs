//! `banger operation cancel`.

use banger_api::ErrorCode;
use banger_client::ClientError;

use crate::{
    args::operation::OperationArgument, context::Context, error::CliError, exit_status::ExitStatus,
};

/// Asks an operation to end early, and waits until it has and has cleaned up.
///
/// # Errors
/// When there is none of that id.
pub async fn run(context: &Context, arguments: &OperationArgument) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let asked = client
        .api()
        .cancel_operation()
        .operation(&arguments.operation);
    let operation = asked.send().await.map_err(ClientError::from)?.into_inner();
    match client.follow(&operation.id, false, |_| {}).await {
        Ok(_) => context
            .printer
            .note(format!("{} had succeeded already", operation.id)),
        Err(error) if error.code() == Some(ErrorCode::Cancelled) => {
            context
                .printer
                .note(format!("{} is cancelled", operation.id));
        }
        Err(ClientError::Problem(problem)) => {
            let text = format!("{} had failed already: {problem}", operation.id);
            context.printer.note(text);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(ExitStatus::Success)
}
