//! `banger image prune`.

use banger_api::{PruneImages, size};
use banger_client::ClientError;

use crate::{
    args::image::PruneArguments, context::Context, error::CliError, exit_status::ExitStatus,
};

/// Deletes images that no VM uses, and names them.
///
/// # Errors
/// When the daemon cannot.
pub async fn run(context: &Context, arguments: &PruneArguments) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let body = PruneImages {
        older_than_seconds: arguments.older_than.map_or(0, |age| age.as_secs()),
        keep_bytes: arguments.keep.map(|mebibytes| mebibytes * size::MIB),
        dry_run: arguments.dry_run,
    };
    let asked = client.api().prune_images().body(body);
    let pruned = asked.send().await.map_err(ClientError::from)?.into_inner();
    context.printer.answer(&pruned, || {
        let images = pruned.images.iter();
        images
            .map(|image| format!("{}\n", image.name))
            .collect::<String>()
    })?;
    let freed = size::display(pruned.freed);
    let would = if arguments.dry_run {
        "would be freed"
    } else {
        "freed"
    };
    context.printer.note(format!("{freed} {would}"));
    Ok(ExitStatus::Success)
}
