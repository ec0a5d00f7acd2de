//! Names taken off images.

use actix_web::{HttpResponse, delete, web};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    app::App,
    http::{Failure, failure::Failures},
    image_cache,
};

/// Whether what is used is removed too.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Force {
    /// Take it away though VMs use it: they keep it, and it goes with the last of them.
    #[serde(default)]
    pub force: bool,
}

/// Takes a name off an image; with its last name, or by its id, the image is removed.
#[utoipa::path(delete, path = "/v1/images/{image}", operation_id = "delete_image", tag = "images",
    params(("image" = String, Path, description = "Its name or id"), Force),
    responses((status = 204, description = "It is gone"),
        Failures))]
#[delete("/images/{image}")]
pub async fn delete_image(
    app: web::Data<App>,
    name: web::Path<String>,
    force: web::Query<Force>,
) -> Result<HttpResponse, Failure> {
    app.images.remove(&name, force.force).await?;
    let (images, blobs) = (app.images.clone(), app.registries.blobs.clone());
    app.arbiter.spawn(async move {
        image_cache::sweep_layers(&images, &blobs, image_cache::PARTIAL_AGE).await;
    });
    Ok(HttpResponse::NoContent().finish())
}
