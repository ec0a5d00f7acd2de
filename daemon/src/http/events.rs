//! The global event stream.

use actix_web::{HttpRequest, HttpResponse, Responder, get, web};

use super::{failure::Failures, progress};
use crate::app::App;

/// Everything that changes from now on: events named after their subject, each with an
/// `Event` as data.
#[utoipa::path(get, path = "/v1/events", operation_id = "watch_events", tag = "events",
    responses((status = 200, description = "Events", body = String, content_type = "text/event-stream"),
        Failures))]
#[get("/events")]
pub async fn watch_events(app: web::Data<App>, request: HttpRequest) -> HttpResponse {
    let events = progress::global_events(app.events.subscribe(), app.closing.clone());
    events.respond_to(&request).map_into_boxed_body()
}
