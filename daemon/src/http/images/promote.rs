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
    image_build::work_seed,
    image_cache,
};

/// Copies the files of a registered image to where the daemon keeps its own. Its id stays. What
/// it has in /root is kept as its work-seed when that is large; a VM is booted to see it.
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
    let (layout, vms) = (app.layout.clone(), app.vms.clone());
    if item.record.unmanaged.is_none() {
        reporter.note(format!("the files of {image} are banger's own already"));
    }
    app.arbiter.spawn(async move {
        let promoted = image_cache::promote(&images, &layout, &item, &reporter).await;
        if promoted.is_ok() && item.record.unmanaged.is_some() {
            // VMs fill their disks by themselves where it fails.
            let made = work_seed::make(&vms, &images, &layout, &item.record.id, &reporter).await;
            if let Err(problem) = made {
                reporter.note(format!("no work-seed was made: {}", problem.detail));
            }
        }
        reporter.finish(promoted);
    });
    answer(watch, &wait).await
}
