//! Names given to images.

use actix_web::{post, web};
use banger_api::{Image, TagImage};

use crate::{
    app::App,
    http::{Failure, failure::Failures, input::Body},
};

/// Gives an image one more name.
#[utoipa::path(post, path = "/v1/images/{image}/tag", operation_id = "tag_image", tag = "images",
    params(("image" = String, Path, description = "Its name or id")),
    request_body = TagImage,
    responses((status = 200, description = "The image", body = Image),
        Failures))]
#[post("/images/{image}/tag")]
pub async fn tag_image(
    app: web::Data<App>,
    name: web::Path<String>,
    body: Body<TagImage>,
) -> Result<web::Json<Image>, Failure> {
    let item = app.images.tag(&name, &body.0.name).await?;
    Ok(web::Json(app.images.artifact().shown(&item)))
}
