//! `banger vm cp`.

use banger_api::size;
use futures_util::TryStreamExt;

use crate::{
    args::copy::CopyArguments,
    context::Context,
    copy::{self, CopyError, Place, place},
    error::CliError,
    exit_status::ExitStatus,
    human::count,
    progress::Progress,
};

/// How much of a stream is read at once, in bytes.
const PIECE: usize = 128 * 1024;

/// Copies files and directories between this host and a VM.
///
/// # Errors
/// When neither or both are in a VM, and when the copy fails.
pub async fn run(context: &Context, arguments: &CopyArguments) -> Result<ExitStatus, CliError> {
    let places = (place(&arguments.source), place(&arguments.destination));
    let progress = || Progress::fleeting(context.printer);
    let (entries, bytes) = match places {
        (Place::Host(source), Place::Guest { vm, path }) => {
            let client = context.client().await?;
            let owners = arguments.archive;
            let sent = copy::send(&client, &source, &vm, &path, owners, progress()).await?;
            let (written, left_out) = sent;
            for path in left_out {
                let text = format!("{} is no file or directory: left out", path.display());
                context.printer.warning(text);
            }
            (written.entries, written.bytes)
        }
        (Place::Guest { vm, path }, Place::Host(destination)) => {
            let client = context.client().await?;
            let got = copy::receive(&client, &vm, &path, &destination, progress()).await?;
            for name in got.left_out {
                context
                    .printer
                    .warning(format!("{name:?} is no file or directory: left out"));
            }
            (got.entries, got.bytes)
        }
        (Place::Stream, Place::Guest { vm, path }) => {
            let client = context.client().await?;
            copy::check_directory(&client, &vm, &path).await?;
            let (stream, _) = banger_pipe::produce(|to| {
                std::io::copy(&mut std::io::stdin().lock(), to).map(drop)
            });
            let written = client
                .put_files(&vm, &path, arguments.archive, stream)
                .await?;
            (written.entries, written.bytes)
        }
        (Place::Guest { vm, path }, Place::Stream) => {
            let client = context.client().await?;
            let mut stream = client.get_files(&vm, &path).await?;
            while let Some(bytes) = stream.try_next().await? {
                for piece in bytes.chunks(PIECE) {
                    context.printer.bytes(piece)?;
                }
            }
            return Ok(ExitStatus::Success);
        }
        (Place::Guest { .. }, Place::Guest { .. }) => {
            return Err(CopyError::Places("one of the two must be on this host").into());
        }
        (Place::Host(_) | Place::Stream, Place::Host(_) | Place::Stream) => {
            return Err(CopyError::Places("neither of the two is in a VM").into());
        }
    };
    let what = if entries == 1 {
        "1 item".to_owned()
    } else {
        count(entries, "item")
    };
    context
        .printer
        .note(format!("copied {what}, {}", size::display(bytes)));
    Ok(ExitStatus::Success)
}
