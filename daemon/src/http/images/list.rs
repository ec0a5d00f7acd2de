//! All images, or one.

use actix_web::{get, web};
use banger_api::{Image, ImageList};

use crate::{
    app::App,
    http::{Failure, failure::Failures},
    image_cache::Images,
    shelf::Artifact,
};

/// The images.
#[utoipa::path(get, path = "/v1/images", operation_id = "list_images", tag = "images",
    responses((status = 200, description = "The images", body = ImageList),
        Failures))]
#[get("/images")]
pub async fn list_images(app: web::Data<App>) -> web::Json<ImageList> {
    let items = app.images.items();
    let images = items.iter().map(|item| app.images.artifact().shown(item));
    let images = images.collect();
    let available = Images::catalog()
        .iter()
        .map(|&name| name.to_owned())
        .collect();
    web::Json(ImageList { images, available })
}

/// An image.
#[utoipa::path(get, path = "/v1/images/{image}", operation_id = "get_image", tag = "images",
    params(("image" = String, Path, description = "Its name or id")),
    responses((status = 200, description = "The image", body = Image),
        Failures))]
#[get("/images/{image}")]
pub async fn get_image(
    app: web::Data<App>,
    name: web::Path<String>,
) -> Result<web::Json<Image>, Failure> {
    let item = app.images.item(&name)?;
    Ok(web::Json(app.images.artifact().shown(&item)))
}
