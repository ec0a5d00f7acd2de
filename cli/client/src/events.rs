//! Server-sent events: operations, and everything that changes.

use banger_api::{ErrorCode, Event, Operation, OperationState, Problem};
use eventsource_stream::{EventStreamError, Eventsource};
use futures_util::{Stream, StreamExt, TryStreamExt, future, stream::BoxStream};
use progenitor_client::ByteStream;
use serde::de::DeserializeOwned;

use crate::{Client, ClientError};

impl Client {
    /// Follows an operation: what it is now, each change, and its end, which is the last
    /// item. With `cancel_on_disconnect` it is cancelled when the stream is dropped before.
    ///
    /// # Errors
    /// When there is no such operation; items, when the daemon goes away.
    pub async fn watch_operation(
        &self,
        id: &str,
        cancel_on_disconnect: bool,
    ) -> Result<BoxStream<'static, Result<Operation, ClientError>>, ClientError> {
        let bytes = self
            .api()
            .watch_operation()
            .operation(id)
            .cancel_on_disconnect(cancel_on_disconnect)
            .send()
            .await?
            .into_inner();
        Ok(events(bytes).boxed())
    }

    /// Follows an operation to its end, and shows each change on the way. With
    /// `cancel_on_disconnect` it is cancelled when this future is dropped before.
    ///
    /// # Errors
    /// The problem of an operation that failed or was cancelled, and as
    /// [`Client::watch_operation`].
    pub async fn follow(
        &self,
        id: &str,
        cancel_on_disconnect: bool,
        mut show: impl FnMut(&Operation),
    ) -> Result<Operation, ClientError> {
        let mut changes = self.watch_operation(id, cancel_on_disconnect).await?;
        while let Some(operation) = changes.try_next().await? {
            show(&operation);
            if operation.state != OperationState::Running {
                return ended(operation);
            }
        }
        Err(ClientError::Disconnected(
            "the operation has not ended".to_owned(),
        ))
    }

    /// Everything that changes from now on. A gap in the events' `sequence` means that this
    /// reader was too slow and missed some. Ends when the daemon does.
    ///
    /// # Errors
    /// When the daemon does not answer; items, when the connection breaks.
    pub async fn watch_events(
        &self,
    ) -> Result<BoxStream<'static, Result<Event, ClientError>>, ClientError> {
        let bytes = self.api().watch_events().send().await?.into_inner();
        Ok(events(bytes).boxed())
    }
}

/// An operation that has ended, or why it did not succeed.
fn ended(operation: Operation) -> Result<Operation, ClientError> {
    let code = match operation.state {
        OperationState::Running | OperationState::Succeeded => return Ok(operation),
        OperationState::Failed => ErrorCode::Internal,
        OperationState::Cancelled => ErrorCode::Cancelled,
    };
    let detail = "the operation does not say why it did not succeed";
    Err(operation
        .error
        .unwrap_or_else(|| Problem::new(code, detail))
        .into())
}

/// The data of each event. Comments, which keep a stream open, have none.
fn events<T: DeserializeOwned>(bytes: ByteStream) -> impl Stream<Item = Result<T, ClientError>> {
    bytes
        .into_inner()
        .eventsource()
        .map_err(|error| match error {
            EventStreamError::Transport(error) => ClientError::disconnected(error),
            error @ (EventStreamError::Utf8(_) | EventStreamError::Parser(_)) => {
                ClientError::Protocol(format!("an event: {error}"))
            }
        })
        .and_then(|event| future::ready(parse(&event.data)))
}

fn parse<T: DeserializeOwned>(data: &str) -> Result<T, ClientError> {
    serde_json::from_str(data).map_err(|error| ClientError::Protocol(format!("an event: {error}")))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::stream;
    use serde_json::{Value, json};

    use super::*;

    async fn read(pieces: &[&'static str]) -> Vec<Result<Value, ClientError>> {
        let pieces: Vec<_> = pieces
            .iter()
            .map(|piece| Ok(Bytes::from_static(piece.as_bytes())))
            .collect();
        events(ByteStream::new(Box::pin(stream::iter(pieces))))
            .collect()
            .await
    }

    #[tokio::test]
    async fn events_are_read_across_pieces_and_comments_are_not_events() {
        let pieces = [
            ": hello\n\nevent: a\nda",
            "ta: {\"n\":1}\n",
            "\ndata: 2\n\n: x\n\n",
        ];
        let values: Vec<_> = read(&pieces)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_eq!(values, [json!({"n": 1}), json!(2)]);
    }

    #[tokio::test]
    async fn data_that_is_no_json_is_an_error() {
        let read = read(&["data: x\n\n"]).await;
        assert!(matches!(read[..], [Err(ClientError::Protocol(_))]));
    }

    #[test]
    fn an_operation_that_failed_is_its_problem() {
        let mut operation: Operation = serde_json::from_value(json!({
            "id": "0", "kind": "stop_vm", "target": "box", "state": "succeeded", "stage": "",
            "started_at": "2026-01-01T00:00:00Z",
        }))
        .unwrap();
        assert!(ended(operation.clone()).is_ok());
        operation.state = OperationState::Cancelled;
        let error = ended(operation.clone()).unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::Cancelled));
        operation.state = OperationState::Failed;
        operation.error = Some(Problem::new(ErrorCode::NoSpace, "full"));
        assert_eq!(
            ended(operation).unwrap_err().code(),
            Some(ErrorCode::NoSpace)
        );
    }
}
