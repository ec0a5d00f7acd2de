//! Images of VMs.

use actix_web::{HttpResponse, post, web};
use banger_api::{CommitVm, Operation, OperationKind};

use super::{if_there, replaceable};
use crate::{
    app::App,
    http::{
        Failure,
        exec::image_config,
        failure::Failures,
        input::Body,
        progress::{Wait, answer},
    },
    image_cache::ImageRecipe,
};

/// Makes an image of the file systems of a VM that runs: `/` and `/root`.
#[utoipa::path(post, path = "/v1/vms/{vm}/commit", operation_id = "commit_vm", tag = "images",
    params(("vm" = String, Path, description = "Its name, its id, or an unambiguous prefix"), Wait),
    request_body = CommitVm,
    responses((status = 202, description = "It is being made", body = Operation),
        Failures))]
#[post("/vms/{vm}/commit")]
pub async fn commit_vm(
    app: web::Data<App>,
    vm: web::Path<String>,
    wait: web::Query<Wait>,
    body: Body<CommitVm>,
) -> Result<HttpResponse, Failure> {
    let CommitVm {
        name,
        replace,
        config,
    } = body.0;
    let vm = app.vms.find(&vm)?;
    let recipe = ImageRecipe::Commit {
        vm: vm.snapshot().vm.name.clone(),
        channel: vm.guest()?,
        config: Box::new(config.unwrap_or_else(|| image_config(&app, &vm))),
    };
    let work = app.images.make(&name, recipe, if_there(replace)).await;
    let work = work.map_err(replaceable)?;
    answer(app.follow(OperationKind::CommitVm, &name, work), &wait).await
}
