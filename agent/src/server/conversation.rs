//! One connection: the first frame decides who answers.

use std::time::Duration;

use banger_agent_protocol::{
    Frame, FrameCodec, FrameError,
    config::GuestConfig,
    request::{AgentError, AgentErrorCode, Reply, Request},
};
use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::codec::FramedRead;

use super::{frames::FrameWriter, shutdown, system};
use crate::{exec, facts, files, log, network, settings, sys};

/// How long the host may take to close after the last frame. The agent closes second, because
/// closing a vsock connection can overtake what was written to it.
const LINGER: Duration = Duration::from_secs(10);

/// Reads the frames of a connection.
pub type FrameReader<R> = FramedRead<R, FrameCodec>;

/// Serves one connection to its end. `has_init` says whether the image has an init.
pub async fn converse<R, W>(reader: R, writer: W, has_init: bool)
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut reader = FramedRead::new(reader, FrameCodec);
    let writer = FrameWriter::new(writer);
    let Some(first) = reader.next().await else {
        return;
    };
    let request = first.and_then(|frame: Frame| frame.message::<Request>());
    let outcome = match request {
        Ok(request) => answer(request, &mut reader, &writer, has_init).await,
        Err(error) => {
            let error = bad_request(error.to_string());
            writer.control(&Reply::Error(error)).await
        }
    };
    match outcome {
        Ok(()) => {
            // What still comes (input of a command that has ended) is thrown away.
            let rest = async { while reader.next().await.is_some_and(|frame| frame.is_ok()) {} };
            let _ = tokio::time::timeout(LINGER, rest).await;
        }
        Err(error) => log::info(format_args!("a conversation broke: {error}")),
    }
}

async fn answer<R, W>(
    request: Request,
    reader: &mut FrameReader<R>,
    writer: &FrameWriter<W>,
    has_init: bool,
) -> Result<(), FrameError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let reply = match request {
        Request::Health => Reply::Health(facts::health()),
        Request::Facts => Reply::Facts(facts::gather()),
        Request::Exec(request) => return exec::converse(request, reader, writer).await,
        Request::PutFiles(request) => return files::put(request, reader, writer).await,
        Request::GetFiles(request) => return files::get(request, reader, writer).await,
        Request::GetSystem => return files::get_system(reader, writer).await,
        Request::WaitForSystem => {
            // A host that goes away is not waited for.
            tokio::select! {
                result = system::wait(has_init) => reply_of(result),
                _ = reader.next() => return Ok(()),
            }
        }
        Request::Configure { config } => reply_of(configure(&config, has_init).await),
        Request::Shutdown => reply_of(shutdown::begin(has_init).await),
    };
    writer.control(&reply).await
}

/// Applies settings to a running guest.
async fn configure(config: &GuestConfig, has_init: bool) -> Result<(), AgentError> {
    settings::clock::step(config.wall_clock_ns)
        .map_err(|error| failed(format!("cannot set the clock: {error}")))?;
    sys::random::credit(&config.random_seed)
        .map_err(|error| failed(format!("cannot seed the random generator: {error}")))?;
    settings::apply(config, has_init).map_err(|error| failed(error.to_string()))?;
    network::apply(config.network.as_ref())
        .await
        .map_err(|error| failed(error.to_string()))
}

fn reply_of(result: Result<(), AgentError>) -> Reply {
    match result {
        Ok(()) => Reply::Done,
        Err(error) => Reply::Error(error),
    }
}

/// An error without a code of its own.
pub fn failed(message: String) -> AgentError {
    AgentError {
        code: AgentErrorCode::Failed,
        message,
    }
}

/// A request that makes no sense.
pub fn bad_request(message: String) -> AgentError {
    AgentError {
        code: AgentErrorCode::BadRequest,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use banger_agent_protocol::FrameKind;
    use futures_util::SinkExt;
    use tokio::net::UnixStream;
    use tokio_util::codec::Framed;

    async fn ask(first: Frame) -> Reply {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (reader, writer) = theirs.into_split();
        let server = tokio::spawn(converse(reader, writer, false));
        let mut host = Framed::new(ours, FrameCodec);
        host.send(first).await.unwrap();
        let reply = host.next().await.unwrap().unwrap().message().unwrap();
        drop(host);
        server.await.unwrap();
        reply
    }

    #[tokio::test]
    async fn health_and_facts_are_answered() {
        let reply = ask(Frame::control(&Request::Health).unwrap()).await;
        assert!(matches!(reply, Reply::Health(health) if health.boot_id.len() == 36));
        let reply = ask(Frame::control(&Request::Facts).unwrap()).await;
        assert!(matches!(reply, Reply::Facts(_)));
    }

    #[tokio::test]
    async fn without_an_init_the_system_is_up_at_once() {
        assert_eq!(
            ask(Frame::control(&Request::WaitForSystem).unwrap()).await,
            Reply::Done
        );
    }

    #[tokio::test]
    async fn nonsense_is_told() {
        for frame in [
            Frame::control(&"what").unwrap(),
            Frame::new(FrameKind::Stdin, &b"x"[..]),
        ] {
            let reply = ask(frame).await;
            assert!(
                matches!(reply, Reply::Error(error) if error.code == AgentErrorCode::BadRequest)
            );
        }
    }
}
