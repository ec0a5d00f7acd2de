//! The same for several: all at once, each result told, and failed if any did.

use futures_util::{StreamExt, stream::FuturesUnordered};

use crate::{context::Context, error::CliError, exit_status::ExitStatus};

/// Does `work` for each name, and tells of each as it ends: `NAME: done`, or its error. One
/// alone fails with its own error.
///
/// # Errors
/// When any failed.
pub async fn several(
    context: &Context,
    names: &[String],
    done: &str,
    work: impl AsyncFn(&str) -> Result<(), CliError>,
) -> Result<ExitStatus, CliError> {
    let work = &work;
    let each = names
        .iter()
        .map(|name| async move { (name, work(name).await) });
    let mut results: FuturesUnordered<_> = each.collect();
    let mut failed = 0;
    while let Some((name, result)) = results.next().await {
        match result {
            Ok(()) => context.printer.note(format!("{name}: {done}")),
            Err(error) if names.len() == 1 => return Err(error),
            Err(error) => {
                failed += 1;
                context
                    .printer
                    .error(format!("{name}: {error}"), error.hint());
            }
        }
    }
    match failed {
        0 => Ok(ExitStatus::Success),
        failed => Err(CliError::Several {
            failed,
            all: names.len(),
        }),
    }
}
