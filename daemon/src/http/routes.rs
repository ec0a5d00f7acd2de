//! The table of contents.

use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use banger_api::{ErrorCode, Problem};

use super::{
    Failure, attach, builds, daemon, events, exec, files, hold, images, kernels, logs, operations,
    registries, vms,
};

/// Every path of the API.
pub fn configure(config: &mut web::ServiceConfig) {
    let v1 = web::scope("/v1")
        .service(daemon::get_status)
        .service(daemon::get_doctor)
        .service(daemon::get_openapi)
        .service(daemon::stop_daemon)
        .service(events::watch_events)
        .service(operations::list_operations)
        .service(operations::get_operation)
        .service(operations::watch_operation)
        .service(operations::get_operation_output)
        .service(operations::cancel_operation)
        .service(kernels::list_kernels)
        .service(kernels::pull_kernel)
        .service(kernels::import_kernel)
        .service(kernels::list_kernel_catalog)
        .service(kernels::get_kernel)
        .service(kernels::delete_kernel)
        .service(images::list::list_images)
        .service(images::pull::pull_image)
        .service(images::import::import_image)
        .service(builds::build_image)
        .service(images::register::register_image)
        .service(images::promote::promote_image)
        .service(images::prune::prune_images)
        .service(images::tag::tag_image)
        .service(images::commit::commit_vm)
        .service(images::export::export_image)
        .service(images::list::get_image)
        .service(images::delete::delete_image)
        .service(registries::log_in)
        .service(registries::log_out)
        .service(vms::list_vms)
        .service(vms::create_vm)
        .service(vms::get_vm)
        .service(vms::delete_vm)
        .service(vms::start_vm)
        .service(vms::stop_vm)
        .service(vms::restart_vm)
        .service(vms::kill_vm)
        .service(vms::get_vm_facts)
        .service(hold::hold_vm)
        .service(exec::post_exec)
        .service(attach::attach)
        .service(files::put_files)
        .service(files::get_files)
        .service(logs::get_logs);
    config.service(v1).default_service(web::to(unknown));
}

/// A path that does not exist, or one that does with another method.
async fn unknown(request: HttpRequest) -> HttpResponse {
    let (method, path) = (request.method(), request.path());
    let allowed = super::openapi::methods(path);
    if allowed.is_empty() {
        let detail = format!("there is no {path} in this API");
        let problem = Problem::new(ErrorCode::NoSuchEndpoint, detail)
            .with_hint("GET /v1/openapi.json describes what there is");
        return Failure(problem).error_response();
    }
    let allowed = allowed.join(", ");
    let detail = format!("{path} takes {allowed}, not {method}");
    let mut answer = Failure(Problem::new(ErrorCode::MethodNotAllowed, detail)).error_response();
    if let Ok(value) = allowed.parse() {
        answer
            .headers_mut()
            .insert(actix_web::http::header::ALLOW, value);
    }
    answer
}
