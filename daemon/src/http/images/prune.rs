//! Images that no VM uses.

use actix_web::{post, web};
use banger_api::{ErrorCode, Problem, PruneImages, PrunedImages};

use crate::{
    app::App,
    http::{Failure, failure::Failures, input::Body},
    image_cache,
};

/// Removes images that no VM uses, the oldest first.
#[utoipa::path(post, path = "/v1/images/prune", operation_id = "prune_images", tag = "images",
    request_body = PruneImages,
    responses((status = 200, description = "What went", body = PrunedImages),
        Failures))]
#[post("/images/prune")]
pub async fn prune_images(
    app: web::Data<App>,
    body: Body<PruneImages>,
) -> Result<web::Json<PrunedImages>, Failure> {
    let request = &body.0;
    // The document's numbers are int64.
    for (field, value) in [
        ("older_than_seconds", request.older_than_seconds),
        ("keep_bytes", request.keep_bytes.unwrap_or_default()),
    ] {
        if i64::try_from(value).is_err() {
            let detail = format!("{field} cannot be {value}: write at most {}", i64::MAX);
            return Err(Problem::new(ErrorCode::InvalidValue, detail).into());
        }
    }
    let pruned = image_cache::prune(&app.images, &app.registries.blobs, request).await?;
    Ok(web::Json(pruned))
}
