//! Operations.

use actix_web::{HttpRequest, HttpResponse, Responder, get, post, web};
use banger_api::{Operation, OperationList};
use futures_util::StreamExt;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Failure, failure::Failures, progress};
use crate::app::App;

/// Operations, the newest first.
#[utoipa::path(get, path = "/v1/operations", operation_id = "list_operations", tag = "operations",
    responses((status = 200, description = "The operations", body = OperationList),
        Failures))]
#[get("/operations")]
pub async fn list_operations(app: web::Data<App>) -> web::Json<OperationList> {
    web::Json(OperationList {
        operations: app.operations.list(),
    })
}

/// An operation.
#[utoipa::path(get, path = "/v1/operations/{operation}", operation_id = "get_operation", tag = "operations",
    params(("operation" = String, Path, description = "Its id, or an unambiguous prefix")),
    responses((status = 200, description = "The operation", body = Operation),
        Failures))]
#[get("/operations/{operation}")]
pub async fn get_operation(
    app: web::Data<App>,
    id: web::Path<String>,
) -> Result<web::Json<Operation>, Failure> {
    Ok(web::Json(app.operations.watch(&id)?.borrow().clone()))
}

/// Whether the operation lives on without its watcher.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WatchQuery {
    /// Cancel the operation when this stream is closed before its end.
    #[serde(default)]
    cancel_on_disconnect: bool,
}

/// Follows an operation: `operation` events, each with all of it, the last one with its end.
#[utoipa::path(get, path = "/v1/operations/{operation}/events", operation_id = "watch_operation", tag = "operations",
    params(("operation" = String, Path, description = "Its id, or an unambiguous prefix"), WatchQuery),
    responses((status = 200, description = "Events with the operation as data", body = String, content_type = "text/event-stream"),
        Failures))]
#[get("/operations/{operation}/events")]
pub async fn watch_operation(
    app: web::Data<App>,
    id: web::Path<String>,
    query: web::Query<WatchQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let watch = app.operations.watch(&id)?;
    let guard = match query.cancel_on_disconnect {
        true => Some(app.operations.cancellation(&id)?.drop_guard()),
        false => None,
    };
    let events = progress::operation_events(watch, guard, app.closing.clone());
    Ok(events.respond_to(&request).map_into_boxed_body())
}

/// What an operation's programs write, such as the steps of a build: as it comes, until they
/// end. Of much, the beginning is lost; of most operations there is none.
#[utoipa::path(get, path = "/v1/operations/{operation}/output", operation_id = "get_operation_output", tag = "operations",
    params(("operation" = String, Path, description = "Its id, or an unambiguous prefix")),
    responses((status = 200, description = "The output", body = super::files::Archive, content_type = "application/octet-stream"),
        Failures))]
#[get("/operations/{operation}/output")]
pub async fn get_operation_output(
    app: web::Data<App>,
    id: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let mut answer = HttpResponse::Ok();
    answer.content_type("application/octet-stream");
    let Some(output) = app.operations.output(&id)? else {
        return Ok(answer.finish());
    };
    let closing = app.closing.clone().cancelled_owned();
    let pieces = output.follow().take_until(closing);
    Ok(answer.streaming(pieces.map(Ok::<_, std::io::Error>)))
}

/// Asks an operation to end early. It has ended when its state says so.
#[utoipa::path(post, path = "/v1/operations/{operation}/cancel", operation_id = "cancel_operation", tag = "operations",
    params(("operation" = String, Path, description = "Its id, or an unambiguous prefix")),
    responses((status = 202, description = "It was asked", body = Operation),
        Failures))]
#[post("/operations/{operation}/cancel")]
pub async fn cancel_operation(
    app: web::Data<App>,
    id: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    app.operations.cancellation(&id)?.cancel();
    let operation = app.operations.watch(&id)?.borrow().clone();
    Ok(HttpResponse::Accepted().json(operation))
}
