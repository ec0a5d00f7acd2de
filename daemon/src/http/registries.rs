//! Who the user is in a registry.

use actix_web::{HttpResponse, delete, put, web};
use banger_api::{ErrorCode, Login, Problem};

use super::{Failure, failure::Failures, input::Body};
use crate::{app::App, error};

/// Checks a user and a password with a registry, and keeps them for pulls.
#[utoipa::path(put, path = "/v1/registries/{registry}/login", operation_id = "log_in", tag = "images",
    params(("registry" = String, Path, description = "Its host, with the port where it has one")),
    request_body = Login,
    responses((status = 204, description = "They are kept"),
        Failures))]
#[put("/registries/{registry}/login")]
pub async fn log_in(
    app: web::Data<App>,
    registry: web::Path<String>,
    body: Body<Login>,
) -> Result<HttpResponse, Failure> {
    let Login { user, password } = body.0;
    let puller = &app.registries.puller;
    let kept = puller.login(&registry, &user, &password).await;
    kept.map_err(|source| error::registry(&source))?;
    Ok(HttpResponse::NoContent().finish())
}

/// Forgets the user and the password for a registry.
#[utoipa::path(delete, path = "/v1/registries/{registry}/login", operation_id = "log_out", tag = "images",
    params(("registry" = String, Path, description = "Its host, with the port where it has one")),
    responses((status = 204, description = "They are forgotten"),
        Failures))]
#[delete("/registries/{registry}/login")]
pub async fn log_out(
    app: web::Data<App>,
    registry: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let forgotten = app.registries.puller.logout(&registry).await;
    if forgotten.map_err(|source| error::registry(&source))? {
        return Ok(HttpResponse::NoContent().finish());
    }
    let detail = format!("there is no login for {registry}");
    Err(Problem::new(ErrorCode::LoginNotFound, detail).into())
}
