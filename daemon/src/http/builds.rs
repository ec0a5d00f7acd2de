//! Building images.

use std::fs::File;

use actix_web::{HttpResponse, post, web};
use banger_api::{ErrorCode, Operation, OperationKind, Problem};
use banger_dockerfile::{BuildArgs, Dockerfile};
use futures_util::StreamExt;
use serde::Deserialize;
use tokio::io::AsyncWriteExt;
use utoipa::IntoParams;

use super::{
    Failure,
    failure::Failures,
    files::Archive,
    images::{check_disk, replaceable},
    progress::{Wait, answer},
};
use crate::{
    app::App,
    error,
    image_build::{Build, Context, MachineSize, Steps},
    image_cache::ImageRecipe,
    operation::Output,
};

/// Where a Dockerfile is looked for.
const DOCKERFILE: &str = "Dockerfile";

/// What is built, and how.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BuildQuery {
    /// The name that the image gets.
    #[param(max_length = 255)]
    name: String,
    /// The image that it begins with: a name, an id, or a registry's reference. A Dockerfile
    /// of one stage says so itself; what stands here comes first.
    from: Option<String>,
    /// The path in the body of a script that is run as root, by `sh -e` or what its `#!` says.
    /// Where it is absent there is a Dockerfile.
    script: Option<String>,
    /// The Dockerfile's path in the body; `Dockerfile` where absent.
    dockerfile: Option<String>,
    /// The stage of the Dockerfile that becomes the image, by its name or number; the last where
    /// absent. Stages that it does not need are not built.
    target: Option<String>,
    /// Values for the Dockerfile's ARGs: a JSON object of strings.
    build_args: Option<String>,
    /// Whether an image that has the name loses it; refused otherwise.
    #[serde(default)]
    replace: bool,
    /// The build's processors, 1 to 32.
    #[param(minimum = 1, maximum = 32)]
    vcpus: Option<u16>,
    /// The build's memory, in MiB, at least 64.
    #[param(minimum = 64, maximum = 1_048_576)]
    memory_mib: Option<u32>,
    /// The size of the build's disks, in MiB, at least 64.
    #[param(minimum = 64, maximum = 16_777_216)]
    disk_mib: Option<u64>,
    /// The size of the disks of the VMs of the image where their creator says none, in MiB.
    #[param(minimum = 64, maximum = 16_777_216)]
    image_disk_mib: Option<u64>,
    /// The kernel that the build boots; the default one where absent.
    kernel: Option<String>,
}

/// Builds an image: boots a VM of another, runs a script or the steps of a Dockerfile in it,
/// and makes an image of its file systems. The VM is gone then, also after a failure. The body
/// is a tar, not compressed: the script, or the Dockerfile and the files that it copies. What
/// the steps write stands at `/v1/operations/{operation}/output`.
#[utoipa::path(post, path = "/v1/images/build", operation_id = "build_image", tag = "images",
    params(BuildQuery, Wait),
    request_body(content = Archive, content_type = "application/octet-stream", description = "The tar"),
    responses((status = 202, description = "It is being built", body = Operation),
        Failures))]
#[post("/images/build")]
pub async fn build_image(
    app: web::Data<App>,
    query: web::Query<BuildQuery>,
    wait: web::Query<Wait>,
    body: web::Payload,
) -> Result<HttpResponse, Failure> {
    let query = query.into_inner();
    let disk_mib = query.image_disk_mib;
    check_disk("image_disk_mib", disk_mib)?;
    let file = spool(&app, body).await?;
    let name = query.name.clone();
    let replace = query.replace;
    let reading = tokio::task::spawn_blocking(move || read(file, query));
    let (context, steps, size) = reading.await.map_err(error::aborted)??;
    match &steps {
        Steps::Script { from, .. } => app.images.check_obtainable(from)?,
        Steps::Dockerfile { plan, .. } => {
            for image in plan.images() {
                app.images.check_obtainable(image)?;
            }
        }
    }
    let output = Output::default();
    let build = Build {
        vms: app.vms.clone(),
        size,
        steps,
        context,
        output: output.clone(),
    };
    let recipe = ImageRecipe::Build(Box::new(build));
    let work = app
        .images
        .make(&name, recipe, super::images::if_there(replace))
        .await;
    let work = work.map_err(replaceable)?;
    let watch = app.follow_image(
        OperationKind::BuildImage,
        &name,
        work,
        disk_mib,
        Some(&output),
    );
    // From now on the build alone writes it, and ends it.
    drop(output);
    answer(watch, &wait).await
}

/// Takes the body into a file without a name.
async fn spool(app: &App, mut body: web::Payload) -> Result<File, Problem> {
    let directory = app.settings.state_dir.value.clone();
    let failed = |source: std::io::Error| error::io(&directory, &source);
    let file = tempfile::tempfile_in(&directory).map_err(failed)?;
    let mut file = tokio::fs::File::from_std(file);
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|source| {
            let detail = format!("the upload broke off: {source}");
            Problem::new(ErrorCode::BadRequest, detail)
        })?;
        file.write_all(&chunk).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)?;
    tokio::io::AsyncSeekExt::rewind(&mut file)
        .await
        .map_err(failed)?;
    Ok(file.into_std().await)
}

/// Understands all that can be understood before anything is booted. Blocks.
fn read(file: File, query: BuildQuery) -> Result<(Context, Steps, MachineSize), Problem> {
    let invalid = |detail: String| Problem::new(ErrorCode::InvalidValue, detail);
    let size = MachineSize {
        vcpus: query.vcpus,
        memory_mib: query.memory_mib,
        disk_mib: query.disk_mib,
        kernel: query.kernel,
    };
    let context = Context::read(file)?;
    let text = |path: &str| match context.text(path)? {
        Some(text) => Ok(text),
        None => Err(invalid(format!("there is no file {path} in the context"))
            .with_hint("name it by its path in the tar, without a leading ./")),
    };
    if let Some(name) = query.script {
        if query.dockerfile.is_some() || query.build_args.is_some() || query.target.is_some() {
            let detail = "script goes with neither dockerfile nor build_args nor target";
            return Err(invalid(detail.to_owned()));
        }
        let from = query.from.ok_or_else(|| {
            invalid("a script needs an image to run in".to_owned()).with_hint("add `from`")
        })?;
        let text = text(&name)?;
        return Ok((context, Steps::Script { from, name, text }, size));
    }
    let args: BuildArgs = match &query.build_args {
        Some(json) => serde_json::from_str(json)
            .map_err(|error| invalid(format!("build_args is no object of strings: {error}")))?,
        None => BuildArgs::new(),
    };
    let understood = |error| error::dockerfile(&error);
    let dockerfile = text(query.dockerfile.as_deref().unwrap_or(DOCKERFILE))?;
    let dockerfile = Dockerfile::parse(&dockerfile).map_err(understood)?;
    let plan = match query.from {
        Some(image) => {
            let plan = dockerfile.plan_single(&image, &args, query.target.as_deref());
            plan.map_err(understood)?.ok_or_else(|| {
                invalid("from goes with a Dockerfile of one stage only".to_owned())
                    .with_hint("leave it out, and let FROM take an ARG that build_args gives")
            })?
        }
        None => dockerfile
            .plan(&args, query.target.as_deref())
            .map_err(understood)?,
    };
    let steps = Steps::Dockerfile {
        dockerfile: Box::new(dockerfile),
        plan,
        args,
    };
    Ok((context, steps, size))
}
