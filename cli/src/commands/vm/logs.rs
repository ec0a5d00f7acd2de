//! `banger vm logs`.

use banger_client::{LogQuery, LogSource};
use futures_util::TryStreamExt;

use crate::{
    args::logs::{LogArgument, LogsArguments},
    context::Context,
    error::CliError,
    exit_status::ExitStatus,
};

/// Prints a VM's log as it is; with `--follow` until the VM stops.
///
/// # Errors
/// When there is none of that name, or the connection breaks.
pub async fn run(context: &Context, arguments: &LogsArguments) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let query = LogQuery {
        source: Some(match arguments.source {
            LogArgument::Console => LogSource::Console,
            LogArgument::Vmm => LogSource::Vmm,
        }),
        tail: arguments.tail,
        follow: arguments.follow,
    };
    let mut log = client.logs(&arguments.vm, query).await?;
    while let Some(bytes) = log.try_next().await? {
        context.printer.bytes(&bytes)?;
    }
    Ok(ExitStatus::Success)
}
