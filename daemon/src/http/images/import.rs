//! Images of archives.

use std::time::Duration;

use actix_web::{HttpResponse, post, web};
use banger_api::{ErrorCode, Operation, OperationKind, Problem};
use futures_util::StreamExt;
use serde::Deserialize;
use tokio_util::io::{StreamReader, SyncIoBridge};
use utoipa::IntoParams;

use crate::{
    app::App,
    http::{
        Failure,
        failure::Failures,
        files::Archive,
        images::check_disk,
        progress::{Wait, answer},
    },
    id,
    image_cache::{self, ImageRecipe, Naming},
    shelf::IfThere,
};

/// How long the writer of a cancelled import may take to notice before its input ends.
const CANCEL_FIRST: Duration = Duration::from_millis(100);

/// The name that an import gets, and its VMs' disks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// The name that the image gets; by default what its archive says.
    name: Option<String>,
    /// The name that it gets when neither is there, such as that of the archive's file.
    fallback_name: Option<String>,
    /// The size of its VMs' disks where their creator says none, in MiB.
    #[param(minimum = 64, maximum = 16_777_216)]
    disk_mib: Option<u64>,
}

/// Makes an image of an archive: an OCI archive (a tar of an OCI layout), what `docker save`
/// writes, or a tar of a root file system; plain, gzip, xz or zstd. Its content tells which.
/// Answers when it is complete, with the image's name as the operation's target; a client
/// that goes away cancels it.
#[utoipa::path(post, path = "/v1/images/import", operation_id = "import_image", tag = "images",
    params(ImportQuery),
    request_body(content = Archive, content_type = "application/octet-stream", description = "The tar"),
    responses((status = 202, description = "It is imported", body = Operation),
        Failures))]
#[post("/images/import")]
pub async fn import_image(
    app: web::Data<App>,
    query: web::Query<ImportQuery>,
    body: web::Payload,
) -> Result<HttpResponse, Failure> {
    let ImportQuery {
        name,
        fallback_name,
        disk_mib,
    } = query.into_inner();
    check_disk("disk_mib", disk_mib)?;
    // Until its name is found, it goes by one that nobody uses.
    let (name, naming) = match name {
        Some(name) => (name, Naming::Given),
        None => (id::random(), Naming::Found(fallback_name)),
    };
    // The request's body stays on this thread; the image's writer reads from a pipe.
    let (sender, receiver) = tokio::sync::mpsc::channel(4);
    let reader = StreamReader::new(Box::pin(futures_util::stream::unfold(
        receiver,
        |mut receiver: tokio::sync::mpsc::Receiver<std::io::Result<bytes::Bytes>>| async {
            receiver.recv().await.map(|chunk| (chunk, receiver))
        },
    )));
    let tar = Box::new(SyncIoBridge::new(reader));
    let recipe = ImageRecipe::Archive(image_cache::Archive { tar, naming });
    let Some(work) = app.images.make(&name, recipe, IfThere::Refuse).await? else {
        return Err(Problem::new(ErrorCode::Internal, "the import did not begin").into());
    };
    let watch = app.follow_image(
        OperationKind::ImportImage,
        &name,
        Some(work),
        disk_mib,
        None,
    );
    let operation = watch.borrow().id.clone();
    let cancelled = app.operations.cancellation(&operation)?;
    let pump = async {
        let mut body = body;
        loop {
            let chunk = tokio::select! {
                chunk = body.next() => chunk,
                // A client that stalls must not hold up what nobody wants any more. The
                // writer hears of it first: the end of its input would be an error of its own.
                () = cancelled.cancelled() => {
                    let _ = tokio::time::timeout(CANCEL_FIRST, sender.closed()).await;
                    break;
                }
            };
            let Some(chunk) = chunk else { break };
            let chunk = chunk.map_err(std::io::Error::other);
            if sender.send(chunk).await.is_err() {
                // The writer has all it wants, or failed: the operation tells.
                break;
            }
        }
        drop(sender);
        body
    };
    // The rest of the body is held until the answer is ready, so that it arrives.
    let (_body, answered) =
        futures_util::future::join(pump, answer(watch, &Wait { wait: true })).await;
    answered
}
