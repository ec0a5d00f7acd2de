//! Kernels.

use std::path::PathBuf;

use actix_web::{HttpResponse, delete, get, post, web};
use banger_api::{
    ErrorCode, ImportKernel, Kernel, KernelList, Operation, OperationKind, Problem, PullKernel,
};

use super::{
    Failure,
    failure::Failures,
    images::Force,
    input::Body,
    progress::{Wait, answer},
};
use crate::{
    kernel_catalog::{KernelRecipe, Kernels},
    shelf::{Artifact, IfThere},
    startup::App,
};

/// The kernels.
#[utoipa::path(get, path = "/v1/kernels", operation_id = "list_kernels", tag = "kernels",
    responses((status = 200, description = "The kernels", body = KernelList),
        Failures))]
#[get("/kernels")]
pub async fn list_kernels(app: web::Data<App>) -> web::Json<KernelList> {
    let kernels = app.kernels.items().iter().map(Kernel::from).collect();
    let available = Kernels::catalog()
        .iter()
        .map(|&name| name.to_owned())
        .collect();
    web::Json(KernelList { kernels, available })
}

/// A kernel.
#[utoipa::path(get, path = "/v1/kernels/{kernel}", operation_id = "get_kernel", tag = "kernels",
    params(("kernel" = String, Path, description = "Its name or id")),
    responses((status = 200, description = "The kernel", body = Kernel),
        Failures))]
#[get("/kernels/{kernel}")]
pub async fn get_kernel(
    app: web::Data<App>,
    name: web::Path<String>,
) -> Result<web::Json<Kernel>, Failure> {
    Ok(web::Json(Kernel::from(&app.kernels.item(&name)?)))
}

/// Fetches a kernel of the catalog through the host's package manager.
#[utoipa::path(post, path = "/v1/kernels/pull", operation_id = "pull_kernel", tag = "kernels",
    params(Wait), request_body = PullKernel,
    responses((status = 202, description = "It is being fetched", body = Operation),
        Failures))]
#[post("/kernels/pull")]
pub async fn pull_kernel(
    app: web::Data<App>,
    wait: web::Query<Wait>,
    body: Body<PullKernel>,
) -> Result<HttpResponse, Failure> {
    let PullKernel { name, force } = body.0;
    let (name, recipe) = app.kernels.fetch(&name)?;
    let if_there = if force {
        IfThere::Replace
    } else {
        IfThere::Keep
    };
    let work = app.kernels.make(&name, recipe, if_there).await?;
    answer(app.follow(OperationKind::PullKernel, &name, work), &wait).await
}

/// Takes a kernel from the host's files, or the host's own.
#[utoipa::path(post, path = "/v1/kernels/import", operation_id = "import_kernel", tag = "kernels",
    params(Wait), request_body = ImportKernel,
    responses((status = 202, description = "It is being imported", body = Operation),
        Failures))]
#[post("/kernels/import")]
pub async fn import_kernel(
    app: web::Data<App>,
    wait: web::Query<Wait>,
    body: Body<ImportKernel>,
) -> Result<HttpResponse, Failure> {
    let ImportKernel {
        name,
        vmlinux,
        modules,
        ..
    } = body.0;
    let recipe = match (absolute("vmlinux", vmlinux)?, absolute("modules", modules)?) {
        (Some(image), modules) => KernelRecipe::Files { image, modules },
        (None, None) => KernelRecipe::Host,
        (None, Some(_)) => {
            let detail = "modules go with a vmlinux; give both, or neither for the host's kernel";
            return Err(Problem::new(ErrorCode::InvalidValue, detail).into());
        }
    };
    let work = app.kernels.make(&name, recipe, IfThere::Refuse).await?;
    answer(app.follow(OperationKind::ImportKernel, &name, work), &wait).await
}

/// Removes a kernel that no VM uses.
#[utoipa::path(delete, path = "/v1/kernels/{kernel}", operation_id = "delete_kernel", tag = "kernels",
    params(("kernel" = String, Path, description = "Its name or id"), Force),
    responses((status = 204, description = "It is gone"),
        Failures))]
#[delete("/kernels/{kernel}")]
pub async fn delete_kernel(
    app: web::Data<App>,
    name: web::Path<String>,
    force: web::Query<Force>,
) -> Result<HttpResponse, Failure> {
    app.kernels.remove(&name, force.force).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The daemon's working directory is not its client's.
fn absolute(field: &str, path: Option<String>) -> Result<Option<PathBuf>, Failure> {
    match path.map(PathBuf::from) {
        Some(path) if !path.is_absolute() => {
            let detail = format!(
                "{field} cannot be {}: write an absolute path",
                path.display()
            );
            Err(Problem::new(ErrorCode::InvalidValue, detail).into())
        }
        path => Ok(path),
    }
}
