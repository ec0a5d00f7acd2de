//! `banger image show`.

use banger_api::{Image, ImageSource, size};
use banger_client::ClientError;

use crate::{
    args::image::ImageArgument, context::Context, error::CliError, exit_status::ExitStatus,
    table::Table,
};

/// Shows all about an image.
///
/// # Errors
/// When there is none of that name.
pub async fn run(context: &Context, arguments: &ImageArgument) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let asked = client.api().get_image().image(&arguments.image);
    let image = asked.send().await.map_err(ClientError::from)?.into_inner();
    context.printer.answer(&image, || table(&image))?;
    Ok(ExitStatus::Success)
}

fn table(image: &Image) -> Table {
    let mut table = Table::pairs();
    table.pair("name", &image.name);
    table.pair("id", &image.id);
    match &image.source {
        ImageSource::Packages { suite, packages } => {
            table.pair("source", format!("packages of {suite}"));
            table.pair("packages", packages.join(" "));
        }
        ImageSource::Archive => table.pair("source", "an archive"),
    }
    table.pair("sha256", &image.sha256);
    table.pair("size", size::display(image.size));
    table.pair("files", image.entries);
    table.pair("created", image.created_at);
    table.pair("used by", image.used_by.join(", "));
    table
}
