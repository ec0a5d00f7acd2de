//! `banger image tag`.

use banger_api::TagImage;
use banger_client::ClientError;

use crate::{
    args::image::TagArguments, context::Context, error::CliError, exit_status::ExitStatus,
};

/// Gives an image one more name.
///
/// # Errors
/// When it is not there, or the name is none.
pub async fn run(context: &Context, arguments: TagArguments) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let TagArguments { image, name } = arguments;
    let asked = client.api().tag_image().image(&image);
    let body = TagImage { name };
    let tagged = asked.body(body).send().await.map_err(ClientError::from)?;
    let names = tagged.into_inner().names.join(", ");
    context
        .printer
        .note(format!("{image}: has the names {names}"));
    Ok(ExitStatus::Success)
}
