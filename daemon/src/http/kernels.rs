//! Kernels.

use std::path::PathBuf;

use actix_web::{HttpResponse, delete, get, post, web};
use banger_api::{
    CatalogKernel, ErrorCode, ImportKernel, Kernel, KernelCatalog, KernelList, KernelPackageFormat,
    Operation, OperationKind, Problem, PullKernel,
};

use banger_kernel::{CATALOG, ModulesFrom, Package, PackageFormat};

use super::{
    Failure,
    failure::Failures,
    images::Force,
    input::Body,
    progress::{Wait, answer},
};
use crate::{
    app::App,
    kernel_catalog::{self, KernelRecipe, Kernels, PublishedKernel},
    shelf::{Artifact, IfThere},
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

/// What `pull` can fetch: the kernels that are built in, and those of the catalog in the
/// settings, which is asked now.
#[utoipa::path(get, path = "/v1/kernels/catalog", operation_id = "list_kernel_catalog",
    tag = "kernels",
    responses((status = 200, description = "The catalog", body = KernelCatalog),
        Failures))]
#[get("/kernels/catalog")]
pub async fn list_kernel_catalog(app: web::Data<App>) -> web::Json<KernelCatalog> {
    let url = app.settings.kernel_catalog.value.clone();
    let published = match &url {
        Some(url) => kernel_catalog::catalog(url).await,
        None => Ok(Vec::new()),
    };
    let (published, problem) = match published {
        Ok(kernels) => (kernels, None),
        Err(problem) => (Vec::new(), Some(problem.detail)),
    };
    let built_in = CATALOG.iter().map(|entry| CatalogKernel {
        name: entry.name.to_owned(),
        description: entry.description.to_owned(),
        source: format!("apt: {}", entry.package),
        version: None,
        size: None,
    });
    let others = published
        .into_iter()
        .filter(|kernel| banger_kernel::find(&kernel.name).is_none())
        .map(catalog_kernel);
    web::Json(KernelCatalog {
        kernels: built_in.chain(others).collect(),
        url,
        problem,
    })
}

fn catalog_kernel(kernel: PublishedKernel) -> CatalogKernel {
    CatalogKernel {
        name: kernel.name,
        description: kernel.description,
        source: kernel.url.into(),
        version: Some(kernel.version),
        size: Some(kernel.size),
    }
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

/// Fetches a kernel: one that is built in through the host's package manager, others as the
/// catalog in the settings says.
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

/// Takes a kernel from the host's files, from an address, or the host's own.
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
    let if_there = match body.0.replace {
        true => IfThere::Supplant,
        false => IfThere::Refuse,
    };
    let (name, recipe) = import_recipe(body.0)?;
    let work = app.kernels.make(&name, recipe, if_there).await?;
    answer(app.follow(OperationKind::ImportKernel, &name, work), &wait).await
}

/// The one way of several that was asked for.
fn import_recipe(asked: ImportKernel) -> Result<(String, KernelRecipe), Failure> {
    let invalid = |detail: &str| Failure::from(Problem::new(ErrorCode::InvalidValue, detail));
    let ImportKernel {
        name,
        replace: _,
        vmlinux,
        modules,
        initrd,
        packages,
        url,
        sha256,
    } = asked;
    let modules = match (absolute("modules", modules)?, absolute("initrd", initrd)?) {
        (None, None) => ModulesFrom::Nowhere,
        (Some(directory), None) => ModulesFrom::Directory(directory),
        (None, Some(initrd)) => ModulesFrom::Initrd(initrd),
        (Some(_), Some(_)) => {
            return Err(invalid("give modules or an initrd that has them, not both"));
        }
    };
    if modules != ModulesFrom::Nowhere && vmlinux.is_none() {
        return Err(invalid(
            "modules and initrd go with a vmlinux; give neither for the host's kernel",
        ));
    }
    if sha256.is_some() && url.is_none() {
        return Err(invalid("sha256 goes with a url"));
    }
    let recipe = match (absolute("vmlinux", vmlinux)?, &packages[..], url) {
        (Some(image), [], None) => KernelRecipe::Files { image, modules },
        (None, [], None) => KernelRecipe::Host,
        (None, [], Some(url)) => {
            let sha256 = sha256.ok_or_else(|| {
                invalid("a url needs the sha256 of what is there: whoever published it tells it")
            })?;
            let (url, expected) = kernel_catalog::expected(&url, &sha256)?;
            KernelRecipe::Url { url, expected }
        }
        (None, [..], None) => KernelRecipe::Packages(
            packages
                .into_iter()
                .map(|package| {
                    let path = absolute("packages", Some(package.path))?;
                    Ok(Package {
                        path: path.unwrap_or_default(),
                        format: Some(format(package.format)),
                    })
                })
                .collect::<Result<_, Failure>>()?,
        ),
        _ => return Err(invalid("give one of vmlinux, packages and url")),
    };
    Ok((name, recipe))
}

fn format(format: KernelPackageFormat) -> PackageFormat {
    match format {
        KernelPackageFormat::Deb => PackageFormat::Deb,
        KernelPackageFormat::Rpm => PackageFormat::Rpm,
        KernelPackageFormat::Apk => PackageFormat::Apk,
        KernelPackageFormat::Xbps => PackageFormat::Xbps,
        KernelPackageFormat::Tarball => PackageFormat::Tarball,
    }
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
