//! `banger image delete`.

use banger_client::ClientError;

use crate::{
    args::image::ImageArguments, commands::several::several, context::Context, error::CliError,
    exit_status::ExitStatus,
};

/// Deletes images that no VM uses.
///
/// # Errors
/// When one is not there, or in use.
pub async fn run(context: &Context, arguments: &ImageArguments) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    several(context, &arguments.images, "deleted", async |image| {
        let deleted = client.api().delete_image().image(image).send().await;
        deleted.map_err(ClientError::from)?;
        Ok(())
    })
    .await
}
