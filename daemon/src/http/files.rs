//! Files in and out of a VM, as tar streams.

use actix_web::{HttpRequest, HttpResponse, get, http::header, put, web};
use banger_agent_protocol::files::PutFiles;
use banger_api::{ErrorCode, FilesWritten, Problem};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{Failure, failure::Failures};
use crate::{
    app::App,
    error,
    guest::files::{self, PutError},
};

/// A tar stream.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code, reason = "it only names the body in the document")]
pub struct Archive(Vec<u8>);

/// Where in the guest.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PutQuery {
    /// An absolute directory of the guest; made where it is missing.
    #[param(pattern = "^/")]
    path: String,
    /// Take owners from the archive; all belongs to root otherwise.
    #[serde(default)]
    keep_owners: bool,
}

/// Unpacks a tar stream in the guest.
#[utoipa::path(put, path = "/v1/vms/{vm}/files", operation_id = "put_files", tag = "vms",
    params(("vm" = String, Path, description = "Its name, its id, or an unambiguous prefix"), PutQuery),
    request_body(content = Archive, content_type = "application/octet-stream", description = "The tar, not compressed"),
    responses((status = 200, description = "It is unpacked", body = FilesWritten),
        Failures))]
#[put("/vms/{vm}/files")]
pub async fn put_files(
    app: web::Data<App>,
    vm: web::Path<String>,
    query: web::Query<PutQuery>,
    request: HttpRequest,
    mut body: web::Payload,
) -> Result<web::Json<FilesWritten>, Failure> {
    if !has_body(&request) {
        let detail = "the archive is empty: send a tar as the body";
        return Err(Problem::new(ErrorCode::BadArchive, detail).into());
    }
    let channel = app.vms.find(&vm)?.guest()?;
    let PutQuery { path, keep_owners } = query.into_inner();
    let put = PutFiles {
        directory: absolute(path)?,
        keep_owners,
    };
    // The rest of a body that is refused is held until the answer is ready, as for an import.
    let done = files::put(&channel, put, &mut body)
        .await
        .map_err(|failure| match failure {
            PutError::Guest(source) => error::guest(&source),
            PutError::Upload(source) => Problem::new(
                ErrorCode::BadRequest,
                format!("the upload broke off: {source}"),
            ),
        })?;
    Ok(web::Json(FilesWritten {
        entries: done.entries,
        bytes: done.bytes,
    }))
}

/// What of the guest.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GetQuery {
    /// An absolute path of the guest; a directory comes with all beneath it.
    #[param(pattern = "^/")]
    path: String,
}

/// Packs a path of the guest into a tar stream. A stream that breaks off is not complete.
#[utoipa::path(get, path = "/v1/vms/{vm}/files", operation_id = "get_files", tag = "vms",
    params(("vm" = String, Path, description = "Its name, its id, or an unambiguous prefix"), GetQuery),
    responses((status = 200, description = "The tar", body = Archive, content_type = "application/octet-stream"),
        Failures))]
#[get("/vms/{vm}/files")]
pub async fn get_files(
    app: web::Data<App>,
    vm: web::Path<String>,
    query: web::Query<GetQuery>,
) -> Result<HttpResponse, Failure> {
    let channel = app.vms.find(&vm)?.guest()?;
    let path = absolute(query.into_inner().path)?;
    let tar = files::get(&channel, &path)
        .await
        .map_err(|source| error::guest(&source))?;
    Ok(HttpResponse::Ok()
        .content_type("application/octet-stream")
        .streaming(tar))
}

/// Whether a body follows (RFC 9112 section 6.3). The agent takes none for an archive of
/// nothing.
fn has_body(request: &HttpRequest) -> bool {
    let headers = request.headers();
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers
            .get(header::CONTENT_LENGTH)
            .is_some_and(|length| length != "0")
}

fn absolute(path: String) -> Result<String, Failure> {
    if path.starts_with('/') && !path.contains('\0') {
        return Ok(path);
    }
    let detail = format!("path cannot be {path:?}: write an absolute path of the guest");
    Err(Problem::new(ErrorCode::InvalidValue, detail).into())
}
