//! Images as archives.

use std::io;

use actix_web::{HttpResponse, get, web};

use crate::{
    app::App,
    http::{Failure, failure::Failures, files::Archive},
    image_cache,
};

/// Writes an image as an OCI archive, a tar of an OCI layout: as it came, digest for digest,
/// where its layers are kept; else its root file system as one layer, which takes a while
/// before the answer begins. A stream that breaks off is not complete.
#[utoipa::path(get, path = "/v1/images/{image}/export", operation_id = "export_image", tag = "images",
    params(("image" = String, Path, description = "Its name or id")),
    responses((status = 200, description = "The archive", body = Archive, content_type = "application/octet-stream"),
        Failures))]
#[get("/images/{image}/export")]
pub async fn export_image(
    app: web::Data<App>,
    image: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let item = app.images.item(&image)?;
    let shown = app.images.artifact().shown(&item).name;
    let disk = app.layout.image(&item.record.id);
    let blobs = &app.registries.blobs;
    let export = image_cache::export(item.record, &shown, blobs, disk).await?;
    let (archive, _writer) = banger_pipe::produce(move |pipe| {
        let written = export.write(pipe);
        written.inspect_err(|error| {
            if error.kind() != io::ErrorKind::BrokenPipe {
                tracing::warn!(%error, "an answer breaks off");
            }
        })
    });
    Ok(HttpResponse::Ok()
        .content_type("application/octet-stream")
        .streaming(archive))
}
