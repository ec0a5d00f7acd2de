//! `banger image delete`.

use banger_client::ClientError;

use crate::{
    args::image::DeleteArguments, commands::several::several, context::Context, error::CliError,
    exit_status::ExitStatus,
};

/// Takes names off images; with its last name one is deleted.
///
/// # Errors
/// When one is not there, or in use.
pub async fn run(context: &Context, arguments: &DeleteArguments) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    several(context, &arguments.images, "deleted", async |image| {
        let asked = client.api().delete_image().image(image);
        let deleted = asked.force(arguments.force).send().await;
        deleted.map_err(ClientError::from)?;
        Ok(())
    })
    .await
}
