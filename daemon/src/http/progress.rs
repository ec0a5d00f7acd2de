//! Operations and events as server-sent events, and answers that wait.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpResponse, http::StatusCode};
use actix_web_lab::sse::{self, Sse};
use banger_api::{Event, Operation, OperationState};
use bytestring::ByteString;
use futures_util::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;
use utoipa::IntoParams;

use super::Failure;

/// How often a comment keeps an idle stream open.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Whether the answer comes at once or at the end.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wait {
    /// Answer when the operation has ended: with it when it succeeded, with its problem when
    /// it did not. Answers 202 at once otherwise.
    #[serde(default)]
    pub wait: bool,
}

/// Answers with an operation, now or when it has ended.
pub async fn answer(
    mut watch: watch::Receiver<Operation>,
    wait: &Wait,
) -> Result<HttpResponse, Failure> {
    let ended = |operation: &Operation| operation.state != OperationState::Running;
    let operation = if wait.wait {
        // It fails when the sender is dropped, which is after the end.
        let _ = watch.wait_for(ended).await;
        watch.borrow().clone()
    } else {
        watch.borrow().clone()
    };
    match operation.error {
        Some(problem) if wait.wait => Err(problem.into()),
        _ => Ok(HttpResponse::build(StatusCode::ACCEPTED)
            .insert_header(("Location", format!("/v1/operations/{}", operation.id)))
            .json(operation)),
    }
}

/// Something that is cancelled when the client goes away.
pub type OnDisconnect = Option<tokio_util::sync::DropGuard>;

/// An operation as events: what it is now, each change, and its end, which ends the stream.
pub fn operation_events(
    watch: watch::Receiver<Operation>,
    on_disconnect: OnDisconnect,
    closing: CancellationToken,
) -> Sse<impl Stream<Item = Result<sse::Event, serde_json::Error>>> {
    let events = stream::unfold(Some((watch, true, on_disconnect)), |state| async {
        let (mut watch, first, guard) = state?;
        if !first && watch.changed().await.is_err() {
            return None;
        }
        let operation = watch.borrow_and_update().clone();
        let event = event("operation", None, &operation);
        if operation.state == OperationState::Running {
            return Some((event, Some((watch, false, guard))));
        }
        if let Some(guard) = guard {
            guard.disarm();
        }
        Some((event, None))
    });
    Sse::from_stream(events.take_until(closing.cancelled_owned())).with_keep_alive(KEEP_ALIVE)
}

/// All events from now on, until the daemon closes.
pub fn global_events(
    receiver: broadcast::Receiver<Arc<Event>>,
    closing: CancellationToken,
) -> Sse<impl Stream<Item = Result<sse::Event, serde_json::Error>>> {
    let events = stream::unfold(receiver, |mut receiver| async {
        loop {
            match receiver.recv().await {
                Ok(seen) => {
                    let id = Some(seen.sequence.to_string());
                    return Some((event(seen.subject.name(), id, &*seen), receiver));
                }
                // The gap in the numbers tells the client.
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    });
    // A comment at once, so that a client knows that it listens from now on.
    let hello = stream::iter([Ok(sse::Event::Comment("listening".into()))]);
    Sse::from_stream(hello.chain(events).take_until(closing.cancelled_owned()))
        .with_keep_alive(KEEP_ALIVE)
}

/// One event.
pub fn event(
    name: &'static str,
    id: Option<String>,
    data: &impl Serialize,
) -> Result<sse::Event, serde_json::Error> {
    let mut data = sse::Data::new_json(data)?.event(ByteString::from_static(name));
    if let Some(id) = id {
        data.set_id(id);
    }
    Ok(sse::Event::Data(data))
}
