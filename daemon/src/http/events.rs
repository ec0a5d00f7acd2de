//! The global event stream.

use actix_web::{HttpRequest, HttpResponse, Responder, get, web};
use banger_api::Problem;

use super::progress;
use crate::startup::App;

/// Everything that changes from now on: events named after their subject, each with an
/// `Event` as data.
#[utoipa::path(get, path = "/v1/events", operation_id = "watch_events", tag = "events",
    responses((status = 200, description = "Events", body = String, content_type = "text/event-stream"),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Failed", body = Problem, content_type = "application/problem+json")))]
#[get("/events")]
pub async fn watch_events(app: web::Data<App>, request: HttpRequest) -> HttpResponse {
    let events = progress::global_events(app.events.subscribe(), app.closing.clone());
    events.respond_to(&request).map_into_boxed_body()
}
