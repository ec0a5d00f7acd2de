//! VMs.

use actix_web::{HttpResponse, delete, get, post, web};
use banger_api::{
    CreateVm, ErrorCode, GuestDisk, GuestFacts, KillVm, Operation, Problem, Vm, VmList, WaitFor,
};
use nix::sys::signal::Signal;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    Failure,
    failure::Failures,
    input::Body,
    progress::{Wait, answer},
};
use crate::{app::App, error, guest::request};

/// The VMs.
#[utoipa::path(get, path = "/v1/vms", operation_id = "list_vms", tag = "vms",
    responses((status = 200, description = "The VMs, the oldest first", body = VmList),
        Failures))]
#[get("/vms")]
pub async fn list_vms(app: web::Data<App>) -> web::Json<VmList> {
    let vms = app
        .vms
        .list()
        .iter()
        .map(|handle| handle.snapshot().vm.clone())
        .collect();
    web::Json(VmList { vms })
}

/// Makes a VM and, unless asked not to, starts it. The operation's target is its id.
#[utoipa::path(post, path = "/v1/vms", operation_id = "create_vm", tag = "vms",
    params(Wait), request_body = CreateVm,
    responses((status = 202, description = "It is being made", body = Operation),
        Failures))]
#[post("/vms")]
pub async fn create_vm(
    app: web::Data<App>,
    wait: web::Query<Wait>,
    body: Body<CreateVm>,
) -> Result<HttpResponse, Failure> {
    let (_, operation) = app.vms.create(body.0).await?;
    answer(operation, &wait).await
}

/// A VM.
#[utoipa::path(get, path = "/v1/vms/{vm}", operation_id = "get_vm", tag = "vms",
    params(("vm" = String, Path, description = "Its name, its id, or an unambiguous prefix")),
    responses((status = 200, description = "The VM", body = Vm),
        Failures))]
#[get("/vms/{vm}")]
pub async fn get_vm(app: web::Data<App>, vm: web::Path<String>) -> Result<web::Json<Vm>, Failure> {
    Ok(web::Json(app.vms.find(&vm)?.snapshot().vm.clone()))
}

/// What is waited for before a VM counts as started.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StartQuery {
    /// `agent`: it can run a command; `system`: its init has started all services.
    #[serde(default)]
    wait_for: WaitFor,
}

/// Starts a stopped VM.
#[utoipa::path(post, path = "/v1/vms/{vm}/start", operation_id = "start_vm", tag = "vms",
    params(("vm" = String, Path, description = "Its name, its id, or an unambiguous prefix"), Wait, StartQuery),
    responses((status = 202, description = "It is being started", body = Operation),
        Failures))]
#[post("/vms/{vm}/start")]
pub async fn start_vm(
    app: web::Data<App>,
    vm: web::Path<String>,
    wait: web::Query<Wait>,
    query: web::Query<StartQuery>,
) -> Result<HttpResponse, Failure> {
    answer(app.vms.find(&vm)?.start(query.wait_for).await?, &wait).await
}

/// Stops a VM: cleanly, and after a minute by force. Its disks are kept.
#[utoipa::path(post, path = "/v1/vms/{vm}/stop", operation_id = "stop_vm", tag = "vms",
    params(("vm" = String, Path, description = "Its name, its id, or an unambiguous prefix"), Wait),
    responses((status = 202, description = "It is being stopped", body = Operation),
        Failures))]
#[post("/vms/{vm}/stop")]
pub async fn stop_vm(
    app: web::Data<App>,
    vm: web::Path<String>,
    wait: web::Query<Wait>,
) -> Result<HttpResponse, Failure> {
    answer(app.vms.find(&vm)?.stop().await?, &wait).await
}

/// Stops and starts a VM.
#[utoipa::path(post, path = "/v1/vms/{vm}/restart", operation_id = "restart_vm", tag = "vms",
    params(("vm" = String, Path, description = "Its name, its id, or an unambiguous prefix"), Wait, StartQuery),
    responses((status = 202, description = "It is being restarted", body = Operation),
        Failures))]
#[post("/vms/{vm}/restart")]
pub async fn restart_vm(
    app: web::Data<App>,
    vm: web::Path<String>,
    wait: web::Query<Wait>,
    query: web::Query<StartQuery>,
) -> Result<HttpResponse, Failure> {
    answer(app.vms.find(&vm)?.restart(query.wait_for).await?, &wait).await
}

/// Sends a signal to the VMM of a VM; KILL is a power cut. The VM is stopped then.
#[utoipa::path(post, path = "/v1/vms/{vm}/kill", operation_id = "kill_vm", tag = "vms",
    params(("vm" = String, Path, description = "Its name, its id, or an unambiguous prefix")),
    request_body = KillVm,
    responses((status = 204, description = "It was sent"),
        Failures))]
#[post("/vms/{vm}/kill")]
pub async fn kill_vm(
    app: web::Data<App>,
    vm: web::Path<String>,
    body: Body<KillVm>,
) -> Result<HttpResponse, Failure> {
    let handle = app.vms.find(&vm)?;
    handle.signal(signal(&body.0.signal)? as i32).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Whether a running VM is deleted too.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteQuery {
    /// End it at once if it runs.
    #[serde(default)]
    force: bool,
}

/// Deletes a VM with its disks.
#[utoipa::path(delete, path = "/v1/vms/{vm}", operation_id = "delete_vm", tag = "vms",
    params(("vm" = String, Path, description = "Its name, its id, or an unambiguous prefix"), Wait, DeleteQuery),
    responses((status = 202, description = "It is being deleted", body = Operation),
        Failures))]
#[delete("/vms/{vm}")]
pub async fn delete_vm(
    app: web::Data<App>,
    vm: web::Path<String>,
    wait: web::Query<Wait>,
    query: web::Query<DeleteQuery>,
) -> Result<HttpResponse, Failure> {
    answer(app.vms.find(&vm)?.delete(query.force).await?, &wait).await
}

/// What a running guest tells of itself.
#[utoipa::path(get, path = "/v1/vms/{vm}/facts", operation_id = "get_vm_facts", tag = "vms",
    params(("vm" = String, Path, description = "Its name, its id, or an unambiguous prefix")),
    responses((status = 200, description = "The facts", body = GuestFacts),
        Failures))]
#[get("/vms/{vm}/facts")]
pub async fn get_vm_facts(
    app: web::Data<App>,
    vm: web::Path<String>,
) -> Result<web::Json<GuestFacts>, Failure> {
    let channel = app.vms.find(&vm)?.guest()?;
    let facts = request::facts(&channel)
        .await
        .map_err(|source| error::guest(&source))?;
    let disk = |disk: banger_agent_protocol::facts::DiskFacts| GuestDisk {
        mount_point: disk.mount_point,
        total: disk.total,
        available: disk.available,
    };
    Ok(web::Json(GuestFacts {
        uptime_ms: facts.uptime_ms,
        load_average: facts.load_average.to_vec(),
        memory_total: facts.memory_total,
        memory_available: facts.memory_available,
        disks: facts.disks.into_iter().map(disk).collect(),
        kernel_release: facts.kernel_release,
        os: facts.os,
    }))
}

/// `KILL`, `SIGKILL` and `kill` alike.
fn signal(name: &str) -> Result<Signal, Problem> {
    let upper = name.trim().to_ascii_uppercase();
    let full = if upper.starts_with("SIG") {
        upper
    } else {
        format!("SIG{upper}")
    };
    full.parse().map_err(|_| {
        let detail = format!("signal cannot be {name:?}: write a name such as KILL or TERM");
        Problem::new(ErrorCode::InvalidValue, detail)
    })
}
