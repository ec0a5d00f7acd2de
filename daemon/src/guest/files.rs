//! Tar streams in and out.

use banger_agent_protocol::{
    Frame, FrameKind,
    files::{GetFiles, PUT_WINDOW, PutFiles, PutFilesDone},
    frame::CHUNK,
    request::{Reply, Request},
};
use banger_vmm::GuestChannel;
use bytes::Bytes;
use futures_util::{SinkExt, Stream, StreamExt};

use super::{Connection, GuestError, request::unexpected, window::Window};

/// Why a tar stream did not arrive.
#[derive(Debug, thiserror::Error)]
pub enum PutError<E> {
    /// The guest's side failed.
    #[error(transparent)]
    Guest(#[from] GuestError),
    /// The client's side failed.
    #[error("the upload broke off")]
    Upload(E),
}

/// Unpacks a tar stream in the guest.
///
/// # Errors
/// When the upload breaks off, or the guest cannot write it.
pub async fn put<E>(
    channel: &GuestChannel,
    request: PutFiles,
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<PutFilesDone, PutError<E>> {
    let connection = Connection::open(channel, &Request::PutFiles(request)).await?;
    let (mut sink, mut frames) = connection.split();
    let window = Window::<PUT_WINDOW>::default();
    let upload = async {
        while let Some(chunk) = body.next().await {
            let mut chunk = chunk.map_err(PutError::Upload)?;
            while !chunk.is_empty() {
                let piece = chunk.split_to(chunk.len().min(CHUNK));
                window.reserve(piece.len()).await;
                let frame = Frame::new(FrameKind::Data, piece);
                sink.send(frame).await.map_err(GuestError::from)?;
            }
        }
        sink.send(Frame::new(FrameKind::Data, Bytes::new()))
            .await
            .map_err(GuestError::from)?;
        // Only the guest ends it now.
        std::future::pending::<Result<std::convert::Infallible, PutError<E>>>().await
    };
    // The guest may answer, with an error, long before all is sent.
    let answer = async {
        while let Some(frame) = frames.next().await {
            let reply = frame.and_then(|frame| frame.message());
            match reply.map_err(GuestError::from)? {
                Reply::Taken { bytes } => window.taken(bytes),
                reply => return Ok(reply),
            }
        }
        Err(PutError::Guest(GuestError::Ended))
    };
    tokio::pin!(answer);
    let reply = tokio::select! {
        biased;
        reply = &mut answer => reply?,
        Err(error) = upload => match error {
            // The guest closed: what it said last tells why.
            PutError::Guest(_) => answer.await?,
            PutError::Upload(_) => return Err(error),
        },
    };
    match reply {
        Reply::PutFiles(done) => Ok(done),
        other => Err(PutError::Guest(unexpected(other))),
    }
}

/// Packs a path of the guest into a tar stream, in chunks.
///
/// # Errors
/// When the guest does not answer or the path cannot be read at all; what fails later ends
/// the stream with an error.
pub async fn get(
    channel: &GuestChannel,
    path: &str,
) -> Result<impl Stream<Item = Result<Bytes, GuestError>> + use<>, GuestError> {
    let path = path.to_owned();
    receive(channel, &Request::GetFiles(GetFiles { path })).await
}

/// Packs the whole system of the guest into a tar stream, as an image.
///
/// # Errors
/// As [`get`].
pub async fn get_system(
    channel: &GuestChannel,
) -> Result<impl Stream<Item = Result<Bytes, GuestError>> + use<>, GuestError> {
    receive(channel, &Request::GetSystem).await
}

async fn receive(
    channel: &GuestChannel,
    request: &Request,
) -> Result<impl Stream<Item = Result<Bytes, GuestError>> + use<>, GuestError> {
    let mut connection = Connection::open(channel, request).await?;
    let first = data(connection.receive().await?)?;
    let state = Some((connection, first));
    Ok(futures_util::stream::unfold(state, |state| async {
        let (mut connection, next) = state?;
        let Some(chunk) = next else {
            return end(connection).await;
        };
        match connection.receive().await.and_then(data) {
            Ok(next) => Some((Ok(chunk), Some((connection, next)))),
            Err(error) => Some((Err(error), None)),
        }
    }))
}

type GetState = Option<(Connection, Option<Bytes>)>;

/// After the end of the tar the guest says whether it was complete.
async fn end(mut connection: Connection) -> Option<(Result<Bytes, GuestError>, GetState)> {
    let outcome = async { super::request::done(connection.receive().await?.message()?) };
    outcome.await.err().map(|error| (Err(error), None))
}

fn data(frame: Frame) -> Result<Option<Bytes>, GuestError> {
    match frame.kind {
        FrameKind::Data if frame.payload.is_empty() => Ok(None),
        FrameKind::Data => Ok(Some(frame.payload)),
        FrameKind::Control => Err(unexpected(frame.message()?)),
        FrameKind::Stdin | FrameKind::Stdout | FrameKind::Stderr => Err(GuestError::Unexpected),
    }
}
