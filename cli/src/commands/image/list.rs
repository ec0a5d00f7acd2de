//! `banger image list`.

use banger_api::{ImageList, size};
use banger_client::ClientError;
use jiff::Timestamp;

use crate::{
    context::Context, error::CliError, exit_status::ExitStatus, human::since, table::Table,
};

/// Lists the images, and what the catalog has beside them.
///
/// # Errors
/// When the daemon does not answer.
pub async fn run(context: &Context) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let list = client.api().list_images().send().await;
    let list = list.map_err(ClientError::from)?.into_inner();
    context.printer.answer(&list, || {
        if context.printer.quiet {
            list.images
                .iter()
                .map(|image| format!("{}\n", image.name))
                .collect()
        } else {
            table(&list, Timestamp::now()).to_string()
        }
    })?;
    let here = |name: &&String| list.images.iter().any(|image| &image.name == *name);
    let more: Vec<_> = list.available.iter().filter(|name| !here(name)).collect();
    if let Some(name) = more.first().filter(|_| !context.printer.is_json()) {
        context
            .printer
            .note(format!("the catalog has more: banger image pull {name}"));
    }
    Ok(ExitStatus::Success)
}

fn table(list: &ImageList, now: Timestamp) -> Table {
    let mut table = Table::new(["NAME", "SIZE", "FILES", "AGE", "USED BY"]);
    for image in &list.images {
        table.row([
            image.name.clone(),
            size::display(image.size),
            image.entries.to_string(),
            since(image.created_at, now),
            image.used_by.join(", "),
        ]);
    }
    table
}
