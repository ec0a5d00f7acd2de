//! Images.

use std::time::Duration;

use actix_web::{HttpResponse, delete, get, post, web};
use banger_api::{
    CommitVm, ErrorCode, Image, ImageList, Operation, OperationKind, Problem, PruneImages,
    PrunedImages, PullImage, RegisterImage, TagImage,
};
use futures_util::StreamExt;
use serde::Deserialize;
use tokio_util::io::{StreamReader, SyncIoBridge};
use utoipa::IntoParams;

use super::{
    Failure,
    exec::image_config,
    failure::Failures,
    files::Archive,
    input::Body,
    pipe,
    progress::{Wait, answer},
};
use crate::{
    id,
    image_cache::{self, ImageRecipe, Images, Naming},
    shelf::{Artifact, IfThere},
    startup::App,
    storage::Layout,
};

/// The images.
#[utoipa::path(get, path = "/v1/images", operation_id = "list_images", tag = "images",
    responses((status = 200, description = "The images", body = ImageList),
        Failures))]
#[get("/images")]
pub async fn list_images(app: web::Data<App>) -> web::Json<ImageList> {
    let images = app.images.items().iter().map(Image::from).collect();
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
    Ok(web::Json(Image::from(&app.images.item(&name)?)))
}

/// Fetches an image of a registry, or builds one of the catalog from packages, through the
/// host's apt sources.
#[utoipa::path(post, path = "/v1/images/pull", operation_id = "pull_image", tag = "images",
    params(Wait), request_body = PullImage,
    responses((status = 202, description = "It is being built", body = Operation),
        Failures))]
#[post("/images/pull")]
pub async fn pull_image(
    app: web::Data<App>,
    wait: web::Query<Wait>,
    body: Body<PullImage>,
) -> Result<HttpResponse, Failure> {
    let PullImage {
        name,
        packages,
        save_as,
        force,
    } = body.0;
    if let Some(package) = packages.iter().find(|package| !is_package_name(package)) {
        let detail = format!("packages cannot contain {package:?}: that is no package's name");
        return Err(Problem::new(ErrorCode::InvalidValue, detail).into());
    }
    let (meant, mut recipe) = app.images.fetch(&name)?;
    let saved = save_as.unwrap_or(meant);
    // The catalog's name must mean the catalog's image to the next one who asks for it.
    if !packages.is_empty() && Images::catalog().contains(&saved.as_str()) {
        let detail = "an image with packages of your own needs a name of its own";
        let problem = Problem::new(ErrorCode::InvalidValue, detail);
        return Err(problem
            .with_hint("add `save_as`, on the command line `--name`")
            .into());
    }
    let if_there = if force {
        IfThere::Replace
    } else {
        IfThere::Keep
    };
    match &mut recipe {
        ImageRecipe::Pull { packages: own, .. } => *own = packages,
        _ if packages.is_empty() => {}
        _ => {
            let detail =
                format!("packages can only be added to an image of the catalog, not to {name}");
            return Err(Problem::new(ErrorCode::InvalidValue, detail).into());
        }
    }
    let work = app.images.make(&saved, recipe, if_there).await?;
    answer(app.follow(OperationKind::PullImage, &saved, work), &wait).await
}

/// How long the writer of a cancelled import may take to notice before its input ends.
const CANCEL_FIRST: Duration = Duration::from_millis(100);

/// The name that an import gets.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// The name that the image gets; by default what its archive says.
    name: Option<String>,
    /// The name that it gets when neither is there, such as that of the archive's file.
    fallback_name: Option<String>,
}

/// Makes an image of an archive: an OCI archive (a tar of an OCI layout), what `docker save`
/// writes, or a tar of a root file system; plain, gzip, xz or zstd. Its content tells which.
/// Answers when it is complete, with the image's name as the operation's target; a client
/// that goes away cancels it.
#[utoipa::path(post, path = "/v1/images/import", operation_id = "import_image", tag = "images",
    params(ImportQuery),
    request_body(content = Archive, content_type = "application/octet-stream", description = "The tar"),
    responses((status = 202, description = "It is imported", body = Operation),
        Failures))]
#[post("/images/import")]
pub async fn import_image(
    app: web::Data<App>,
    query: web::Query<ImportQuery>,
    body: web::Payload,
) -> Result<HttpResponse, Failure> {
    let ImportQuery {
        name,
        fallback_name,
    } = query.into_inner();
    // Until its name is found, it goes by one that nobody uses.
    let (name, naming) = match name {
        Some(name) => (name, Naming::Given),
        None => (id::random(), Naming::Found(fallback_name)),
    };
    // The request's body stays on this thread; the image's writer reads from a pipe.
    let (sender, receiver) = tokio::sync::mpsc::channel(4);
    let reader = StreamReader::new(Box::pin(futures_util::stream::unfold(
        receiver,
        |mut receiver: tokio::sync::mpsc::Receiver<std::io::Result<bytes::Bytes>>| async {
            receiver.recv().await.map(|chunk| (chunk, receiver))
        },
    )));
    let tar = Box::new(SyncIoBridge::new(reader));
    let recipe = ImageRecipe::Archive(image_cache::Archive { tar, naming });
    let Some(work) = app.images.make(&name, recipe, IfThere::Refuse).await? else {
        return Err(Problem::new(ErrorCode::Internal, "the import did not begin").into());
    };
    let watch = app.follow(OperationKind::ImportImage, &name, Some(work));
    let operation = watch.borrow().id.clone();
    let cancelled = app.operations.cancellation(&operation)?;
    let pump = async {
        let mut body = body;
        loop {
            let chunk = tokio::select! {
                chunk = body.next() => chunk,
                // A client that stalls must not hold up what nobody wants any more. The
                // writer hears of it first: the end of its input would be an error of its own.
                () = cancelled.cancelled() => {
                    let _ = tokio::time::timeout(CANCEL_FIRST, sender.closed()).await;
                    break;
                }
            };
            let Some(chunk) = chunk else { break };
            let chunk = chunk.map_err(std::io::Error::other);
            if sender.send(chunk).await.is_err() {
                // The writer has all it wants, or failed: the operation tells.
                break;
            }
        }
        drop(sender);
        body
    };
    // The rest of the body is held until the answer is ready, so that it arrives.
    let (_body, answered) =
        futures_util::future::join(pump, answer(watch, &Wait { wait: true })).await;
    answered
}

/// Writes an image as an OCI archive, a tar of an OCI layout: as it came, digest for digest,
/// where its layers are kept; else its root file system as one layer, which takes a while
/// before the answer begins. A stream that breaks off is not complete.
#[utoipa::path(get, path = "/v1/images/{image}/export", operation_id = "export_image", tag = "images",
    params(("image" = String, Path, description = "Its name or id")),
    responses((status = 200, description = "The archive", body = Archive, content_type = "application/octet-stream"),
        Failures))]
#[get("/images/{image}/export")]
pub async fn export_image(
    app: web::Data<App>,
    image: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let item = app.images.item(&image)?;
    let shown = Image::from(&item).name;
    let disk = app.layout.image(&item.record.id);
    let blobs = &app.registries.blobs;
    let export = image_cache::export(item.record, &shown, blobs, disk).await?;
    let archive = pipe::produce(move |pipe| export.write(pipe));
    Ok(HttpResponse::Ok()
        .content_type("application/octet-stream")
        .streaming(archive))
}

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
    Ok(web::Json(Image::from(&item)))
}

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
    if let Some(kernel) = &body.0.kernel {
        app.kernels.check_obtainable(kernel)?;
    }
    Ok(web::Json(image_cache::register(&app.images, body.0).await?))
}

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

/// What a request may do to an image that has the name.
pub(super) fn if_there(replace: bool) -> IfThere {
    match replace {
        true => IfThere::Supplant,
        false => IfThere::Refuse,
    }
}

/// Where a taken name may be taken over, that is told.
pub(super) fn replaceable(problem: Problem) -> Problem {
    match problem.code {
        ErrorCode::ImageNameTaken => {
            problem.with_hint("choose another name, or take this one over with `--replace`")
        }
        _ => problem,
    }
}

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

/// Debian Policy 5.6.1, with an optional version or suite after it.
fn is_package_name(text: &str) -> bool {
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '=' | ':' | '~' | '/');
    text.chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphanumeric())
        && text.chars().all(allowed)
}
