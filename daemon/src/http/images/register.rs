//! Images of files that stay where they are.

use actix_web::{post, web};
use banger_api::{Image, RegisterImage};

use crate::{
    app::App,
    http::{Failure, failure::Failures, images::check_disk, input::Body},
    image_cache,
};

/// Makes an image of files that stay where they are. A registered image of that name is
/// updated and keeps its id.
#[utoipa::path(post, path = "/v1/images/register", operation_id = "register_image", tag = "images",
    request_body = RegisterImage,
    responses((status = 200, description = "The image", body = Image),
        Failures))]
#[post("/images/register")]
pub async fn register_image(
    app: web::Data<App>,
    body: Body<RegisterImage>,
) -> Result<web::Json<Image>, Failure> {
    check_disk("disk_mib", body.0.disk_mib)?;
    if let Some(kernel) = &body.0.kernel {
        app.kernels.check_obtainable(kernel)?;
    }
    Ok(web::Json(image_cache::register(&app.images, body.0).await?))
}
