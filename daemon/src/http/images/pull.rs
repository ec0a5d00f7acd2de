//! Images of registries, and of the catalog.

use actix_web::{HttpResponse, post, web};
use banger_api::{ErrorCode, Operation, OperationKind, Problem, PullImage};

use crate::{
    app::App,
    http::{
        Failure,
        failure::Failures,
        images::check_disk,
        input::Body,
        progress::{Wait, answer},
    },
    image_cache::{ImageRecipe, Images},
    shelf::{Artifact, IfThere},
};

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
        disk_mib,
    } = body.0;
    check_disk("disk_mib", disk_mib)?;
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
    let watch = app.follow_image(OperationKind::PullImage, &saved, work, disk_mib, None);
    answer(watch, &wait).await
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
