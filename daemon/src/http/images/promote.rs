//! Registered images become the daemon's own.

use actix_web::{HttpResponse, post, web};
use banger_api::{Operation, OperationKind};

use crate::{
    app::App,
    http::{
        Failure,
        failure::Failures,
        progress::{Wait, answer},
    },
    image_cache,
    storage::Layout,
};

/// Copies the files of a registered image to where the daemon keeps its own. Its id stays.
#[utoipa::path(post, path = "/v1/images/{image}/promote", operation_id = "promote_image", tag = "images",
    params(("image" = String, Path, description = "Its name or id"), Wait),
    responses((status = 202, description = "It is being copied", body = Operation),
        Failures))]
#[post("/images/{image}/promote")]
pub async fn promote_image(
    app: web::Data<App>,
    image: web::Path<String>,
    wait: web::Query<Wait>,
) -> Result<HttpResponse, Failure> {
    let item = app.images.item(&image)?;
    let reporter = app
        .operations
        .begin(OperationKind::PromoteImage, &image, "preparing");
    let watch = reporter.watch();
    let images = app.images.clone();
    let layout = Layout {
        state_dir: app.settings.state_dir.value.clone(),
        runtime_dir: app.settings.runtime_dir.value.clone(),
    };
    if item.record.unmanaged.is_none() {
        reporter.note(format!("the files of {image} are banger's own already"));
    }
    app.arbiter.spawn(async move {
        let promoted = image_cache::promote(&images, &layout, &item, &reporter);
        reporter.finish(promoted.await);
    });
    answer(watch, &wait).await
}
