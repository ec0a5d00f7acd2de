//! A VM's logs: its console, and what its VMM said.

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use tokio_util::io::ReaderStream;
use utoipa::{IntoParams, ToSchema};

use super::{Failure, failure::Failures};
use crate::{app::App, log_file};

/// Which log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogSource {
    /// The guest's serial console, over all its boots.
    #[default]
    Console,
    /// What the VMM itself said.
    Vmm,
}

/// How much of which log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogsQuery {
    /// Which one.
    #[serde(default)]
    #[param(inline)]
    source: LogSource,
    /// Only that many lines from the end.
    #[param(value_type = Option<i64>, minimum = 0, maximum = 4_294_967_295_u32)]
    tail: Option<u32>,
    /// Go on as the log grows, until the VM stops.
    #[serde(default)]
    follow: bool,
}

/// A VM's log, as it is: bytes of the guest's console are not text for sure.
#[utoipa::path(get, path = "/v1/vms/{vm}/logs", operation_id = "get_logs", tag = "vms",
    params(("vm" = String, Path, description = "Its name, its id, or an unambiguous prefix"), LogsQuery),
    responses((status = 200, description = "The log", body = super::files::Archive, content_type = "application/octet-stream"),
        Failures))]
#[get("/vms/{vm}/logs")]
pub async fn get_logs(
    app: web::Data<App>,
    vm: web::Path<String>,
    query: web::Query<LogsQuery>,
) -> Result<HttpResponse, Failure> {
    let handle = app.vms.find(&vm)?;
    let snapshot = handle.snapshot();
    let path = match query.source {
        LogSource::Console => snapshot.files.console_log.clone(),
        LogSource::Vmm => snapshot.files.vmm_log.clone(),
    };
    let mut answer = HttpResponse::Ok();
    answer.content_type("application/octet-stream");
    if query.follow {
        let closing = app.closing.clone();
        let lines = log_file::follow(path, query.tail, handle.watch(), closing);
        return Ok(answer.streaming(lines));
    }
    match log_file::open(&path, query.tail).await {
        Ok(Some(file)) => Ok(answer.streaming(ReaderStream::new(file))),
        Ok(None) => Ok(answer.finish()),
        Err(source) => Err(crate::error::io(&path, &source).into()),
    }
}
