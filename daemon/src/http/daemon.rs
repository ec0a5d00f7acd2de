//! Status, doctor, the document, and the end.

use actix_web::{HttpResponse, get, post, web};
use banger_api::{DoctorReport, Status, StopDaemon, VmState};

use super::{Failure, failure::Failures, input::Body};
use crate::app::App;

/// What runs.
#[utoipa::path(get, path = "/v1/status", operation_id = "get_status", tag = "daemon",
    responses((status = 200, description = "What runs", body = Status),
        Failures))]
#[get("/status")]
pub async fn get_status(app: web::Data<App>) -> web::Json<Status> {
    let vms = app.vms.list();
    let running = vms
        .iter()
        .filter(|handle| handle.snapshot().vm.state == VmState::Running)
        .count();
    web::Json(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        api_version: banger_api::VERSION.to_owned(),
        pid: std::process::id(),
        started_at: app.started_at,
        socket: app.settings.socket.value.display().to_string(),
        state_dir: app.settings.state_dir.value.display().to_string(),
        log_file: app.settings.log_file.value.display().to_string(),
        log_level: app.settings.log_level.value,
        vmm: app.vmm_line.clone(),
        vms: vms.len() as u64,
        vms_running: running as u64,
    })
}

/// Whether VMs can run here, and how well.
#[utoipa::path(get, path = "/v1/doctor", operation_id = "get_doctor", tag = "daemon",
    responses((status = 200, description = "What was found", body = DoctorReport),
        Failures))]
#[get("/doctor")]
pub async fn get_doctor(app: web::Data<App>) -> web::Json<DoctorReport> {
    web::Json(crate::doctor::examine(&app).await)
}

/// This API's description, in OpenAPI 3.1.
#[utoipa::path(get, path = "/v1/openapi.json", operation_id = "get_openapi", tag = "daemon",
    responses((status = 200, description = "The document", body = serde_json::Value),
        Failures))]
#[get("/openapi.json")]
pub async fn get_openapi() -> web::Json<serde_json::Value> {
    web::Json(super::document())
}

/// Stops the daemon. Running VMs go on, and the next daemon finds them, unless they are to
/// be stopped too.
#[utoipa::path(post, path = "/v1/daemon/stop", operation_id = "stop_daemon", tag = "daemon",
    request_body = StopDaemon,
    responses((status = 204, description = "It stops"),
        Failures))]
#[post("/daemon/stop")]
pub async fn stop_daemon(
    app: web::Data<App>,
    body: Body<StopDaemon>,
) -> Result<HttpResponse, Failure> {
    if body.0.stop_vms {
        crate::shutdown::stop_vms(&app.vms).await;
    }
    app.closing.cancel();
    Ok(HttpResponse::NoContent().finish())
}
