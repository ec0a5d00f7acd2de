//! Files in and out of the guest, as tar streams.
//!
//! Reading and writing files blocks, so it has a thread; a short channel joins it to the
//! connection, and holds the faster side up.
//!
//! | file | duty |
//! |---|---|
//! | `mod.rs` | both conversations |
//! | `stream.rs` | `Data` frames as a reader and a writer |
//! | `member.rs` | names in an archive; pure |
//! | `beneath.rs` | a directory that nothing leads out of |
//! | `extract.rs` | an archive into a directory |
//! | `pack.rs` | a path into an archive |
//! | `error.rs` | why it failed, in the protocol's words |

mod beneath;
mod error;
mod extract;
mod member;
mod pack;
mod stream;

use banger_agent_protocol::{
    Frame, FrameCodec, FrameError, FrameKind,
    files::{GetFiles, PUT_WINDOW, PutFiles},
    request::{AgentError, AgentErrorCode, Reply},
};
use futures_util::StreamExt;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    task::spawn_blocking,
};

use self::{
    error::FilesError,
    stream::{ChunkReader, ChunkWriter, Incoming},
};
use crate::server::frames::FrameWriter;

type FrameReader<R> = tokio_util::codec::FramedRead<R, FrameCodec>;

/// How many pieces may wait between the connection and the thread.
const QUEUE: usize = 8;

/// How much of a stream is taken before the host is told.
const ACKNOWLEDGE: u64 = PUT_WINDOW / 4;

/// Unpacks a tar stream that the host sends.
///
/// # Errors
/// When the connection broke.
pub async fn put<R, W>(
    request: PutFiles,
    reader: &mut FrameReader<R>,
    writer: &FrameWriter<W>,
) -> Result<(), FrameError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let (chunks, queue) = mpsc::channel(QUEUE);
    let work = spawn_blocking(move || extract::extract(&request, ChunkReader::new(queue)));
    let (mut at_end, mut taken) = (false, 0);
    while !at_end {
        let Some(frame) = reader.next().await else {
            return Ok(());
        };
        let incoming = incoming(frame?)?;
        at_end = matches!(incoming, Incoming::End);
        if let Incoming::Chunk(chunk) = &incoming {
            taken += chunk.len() as u64;
        }
        // The thread has ended early: it failed.
        if chunks.send(incoming).await.is_err() {
            break;
        }
        if taken >= ACKNOWLEDGE {
            writer.control(&Reply::Taken { bytes: taken }).await?;
            taken = 0;
        }
    }
    drop(chunks);
    let reply = match work.await {
        Ok(Ok(done)) => Reply::PutFiles(done),
        Ok(Err(error)) => Reply::Error(error.into()),
        Err(_) => Reply::Error(ended_early()),
    };
    writer.control(&reply).await?;
    // A host that still sends reads nothing; the rest is taken from it and thrown away.
    while !at_end {
        let Some(frame) = reader.next().await else {
            break;
        };
        at_end = matches!(incoming(frame?)?, Incoming::End);
    }
    Ok(())
}

fn incoming(frame: Frame) -> Result<Incoming, FrameError> {
    match frame.kind {
        FrameKind::Data if frame.payload.is_empty() => Ok(Incoming::End),
        FrameKind::Data => Ok(Incoming::Chunk(frame.payload)),
        kind @ (FrameKind::Control | FrameKind::Stdin | FrameKind::Stdout | FrameKind::Stderr) => {
            let text = format!("expected a piece of an archive, got a {kind:?} frame");
            Err(FrameError::Io(std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                text,
            )))
        }
    }
}

/// Sends a path as a tar stream.
///
/// # Errors
/// When the connection broke.
pub async fn get<R, W>(
    request: GetFiles,
    reader: &mut FrameReader<R>,
    writer: &FrameWriter<W>,
) -> Result<(), FrameError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    send(move |chunks| pack::pack(&request, chunks), reader, writer).await
}

/// Sends the whole system as a tar stream; see [`pack::system`].
///
/// # Errors
/// When the connection broke.
pub async fn get_system<R, W>(
    reader: &mut FrameReader<R>,
    writer: &FrameWriter<W>,
) -> Result<(), FrameError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    send(pack::system, reader, writer).await
}

async fn send<R, W>(
    pack: impl FnOnce(ChunkWriter) -> Result<(), FilesError> + Send + 'static,
    reader: &mut FrameReader<R>,
    writer: &FrameWriter<W>,
) -> Result<(), FrameError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let (chunks, mut queue) = mpsc::channel(QUEUE);
    let work = spawn_blocking(move || pack(ChunkWriter::new(chunks)));
    let sending = async {
        while let Some(mut chunk) = queue.recv().await {
            writer.data(chunk.frame()).await?;
        }
        let reply = match work.await {
            Ok(Ok(())) => {
                let end = Frame::new(FrameKind::Data, bytes::Bytes::new());
                writer.frame(end).await?;
                Reply::Done
            }
            Ok(Err(error)) => Reply::Error(error.into()),
            Err(_) => Reply::Error(ended_early()),
        };
        writer.control(&reply).await
    };
    tokio::select! {
        sent = sending => sent,
        // The host went away: dropping the queue ends the thread.
        _ = reader.next() => Ok(()),
    }
}

fn ended_early() -> AgentError {
    AgentError {
        code: AgentErrorCode::Failed,
        message: "the agent could not finish the work".to_owned(),
    }
}

#[cfg(test)]
mod tests;
