//! VMs that are there for one client only.

use std::sync::Arc;

use actix_rt::ArbiterHandle;
use actix_web::{HttpRequest, HttpResponse, Responder, get, web};
use actix_web_lab::sse::{self, Sse};
use futures_util::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::{Failure, failure::Failures, progress};
use crate::{
    app::App,
    registry::discard,
    vm::{VmHandle, VmSnapshot},
};

/// Holds a VM: when this stream's client goes away, and be it killed, the VM is deleted, as
/// with `force`. The stream says nothing and ends when the VM is gone or the daemon stops,
/// which deletes nothing.
#[utoipa::path(get, path = "/v1/vms/{vm}/hold", operation_id = "hold_vm", tag = "vms",
    params(("vm" = String, Path, description = "Its name, its id, or an unambiguous prefix")),
    responses((status = 200, description = "Comments only", body = String, content_type = "text/event-stream"),
        Failures))]
#[get("/vms/{vm}/hold")]
pub async fn hold_vm(
    app: web::Data<App>,
    vm: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let hold = Hold {
        vm: app.vms.find(&vm)?,
        arbiter: app.arbiter.clone(),
        closing: app.closing.clone(),
    };
    let gone = |snapshot: &Arc<VmSnapshot>| snapshot.gone;
    let held = stream::once(async move {
        let mut watch = hold.vm.watch();
        tokio::select! {
            // An error is the end of an actor that died; its successor is held no more.
            _ = watch.wait_for(gone) => {}
            () = hold.closing.cancelled() => {}
        }
        drop(hold);
        sse::Event::Comment("gone".into())
    });
    // At once, so that the client knows that it holds the VM.
    let begun = stream::iter([sse::Event::Comment("held".into())]);
    let events = Sse::from_infallible_stream(begun.chain(held));
    Ok(events
        .with_keep_alive(progress::KEEP_ALIVE)
        .respond_to(&request)
        .map_into_boxed_body())
}

/// Deletes the VM when it is dropped.
struct Hold {
    vm: VmHandle,
    /// The thread that outlives requests.
    arbiter: ArbiterHandle,
    closing: CancellationToken,
}

impl Drop for Hold {
    fn drop(&mut self) {
        if !self.closing.is_cancelled() && !self.vm.snapshot().gone {
            let vm = self.vm.clone();
            self.arbiter.spawn(async move {
                tracing::info!(
                    vm = vm.snapshot().vm.name,
                    "its client is gone: deleting it"
                );
                discard(vm).await;
            });
        }
    }
}
