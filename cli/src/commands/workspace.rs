//! Sending a workspace, and telling what would be sent.

use banger_api::size;
use banger_client::Client;
use serde_json::json;

use crate::{
    context::Context,
    error::CliError,
    human::count,
    progress::Progress,
    workspace::{GUEST_DIRECTORY, Workspace, quoted},
};

/// Lists the files that would be sent, one a line; odd names as git writes them.
///
/// # Errors
/// When the list cannot be written.
pub fn list(context: &Context, workspace: &Workspace) -> Result<(), CliError> {
    let amount = workspace.amount()?;
    let names = || workspace.files().map(quoted);
    let answer = || {
        json!({
            "repository": workspace.top.display().to_string(),
            "directory": GUEST_DIRECTORY,
            "files": names().collect::<Vec<_>>(),
            "bytes": amount.bytes,
            "git_files": amount.git_files,
            "git_bytes": amount.git_bytes,
        })
    };
    if context.printer.is_json() {
        return context.printer.json(&answer());
    }
    context
        .printer
        .text(names().map(|name| name + "\n").collect::<String>())?;
    context.printer.note(format!(
        "{}, {}, and .git with {}",
        count(amount.files, "file"),
        size::display(amount.bytes),
        size::display(amount.git_bytes)
    ));
    Ok(())
}

/// Puts a workspace into a VM. Memory stays flat, whatever its size.
///
/// # Errors
/// When it cannot be read, or not be written there.
pub async fn send(
    context: &Context,
    client: &Client,
    vm: &str,
    workspace: Workspace,
) -> Result<(), CliError> {
    let amount = workspace.amount()?;
    if amount.files == 0 {
        let text = "git tracks no files here yet; --include-untracked sends others";
        context.printer.warning(text);
    }
    let total = amount.bytes + amount.git_bytes;
    let stage = format!("sending {} and .git", count(amount.files, "file"));
    let (report, mut reports) = tokio::sync::watch::channel(0);
    let (stream, worker) = banger_pipe::produce(move |pipe| {
        let sent = |bytes| report.send_modify(|done| *done += bytes);
        workspace.write(pipe, sent)
    });
    let mut progress = Progress::new(context.printer);
    progress.bytes(&stage, 0, Some(total));
    let sending = client.put_files(vm, GUEST_DIRECTORY, false, stream);
    let mut sending = std::pin::pin!(sending);
    let written = loop {
        tokio::select! {
            written = &mut sending => break written,
            Ok(()) = reports.changed() => {
                let done = *reports.borrow_and_update();
                progress.bytes(&stage, done, Some(total));
            }
        }
    };
    drop(progress);
    let Err(error) = written else {
        return Ok(());
    };
    // The reading side knows best why, unless nobody took what it read.
    match banger_pipe::reason(worker).await {
        Some(reason) if !reason.is_unsent() => Err(reason.into()),
        Some(_) | None => Err(error.into()),
    }
}
