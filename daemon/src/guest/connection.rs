//! Dials the agent; one connection, one conversation.

use std::{io, time::Duration};

use super::link::Link;
use banger_agent_protocol::{
    AGENT_PORT, Frame, FrameCodec, FrameError,
    request::{AgentError, Request},
};
use banger_vmm::{GuestChannel, channel::GuestStream};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio_util::codec::Framed;

/// How long the agent may take to accept a connection. It listens before its VM is called
/// running, so this covers a guest that is hung or starved.
const DIAL_LIMIT: Duration = Duration::from_secs(20);

/// Why a conversation with a guest failed.
#[derive(Debug, thiserror::Error)]
pub enum GuestError {
    /// Nobody answered.
    #[error("the agent in the guest does not answer: {0}")]
    Unreachable(io::Error),
    /// The guest went away, or broke the protocol.
    #[error("the conversation with the guest failed: {0}")]
    Broken(#[from] FrameError),
    /// The guest closed the connection before its answer.
    #[error("the guest ended the conversation early")]
    Ended,
    /// The guest said something else than was asked.
    #[error("the guest gave an answer that does not fit the question")]
    Unexpected,
    /// The agent could not do it.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// The guest could not become what it should.
    #[error("the guest could not {step}: {message}")]
    NotReady {
        /// The step that failed.
        step: String,
        /// What the guest's system said.
        message: String,
    },
    /// The agent in the guest speaks another version.
    #[error("the agent speaks version {0} of the protocol, which this daemon does not")]
    Incompatible(u32),
}

type Frames = Framed<Link, FrameCodec>;

/// The half of a conversation in which the host speaks.
pub type FrameSink = SplitSink<Frames, Frame>;

/// The half of a conversation in which the guest speaks.
pub type FrameStream = SplitStream<Frames>;

/// Dials in a task of its own: vhost-device-vsock 0.3.0 panics, and takes the VM's vsock with
/// it, when a connection is closed between `CONNECT` and its answer, as it would be when a
/// client goes away at that moment.
async fn dial(channel: GuestChannel) -> io::Result<GuestStream> {
    let dialling = tokio::spawn(async move { channel.dial(AGENT_PORT).await });
    match tokio::time::timeout(DIAL_LIMIT, dialling).await {
        Ok(Ok(dialled)) => dialled,
        Ok(Err(_)) => Err(io::Error::other("the dialling task ended")),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// An open conversation.
pub struct Connection(Frames);

impl Connection {
    /// Dials a running guest and asks something.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn open(channel: &GuestChannel, request: &Request) -> Result<Self, GuestError> {
        let stream = dial(channel.clone())
            .await
            .map_err(GuestError::Unreachable)?;
        let mut connection = Self::from_stream(stream);
        connection.send(Frame::control(request)?).await?;
        Ok(connection)
    }

    /// A conversation on a connection that exists.
    pub fn from_stream(stream: GuestStream) -> Self {
        Self(Framed::new(Link::new(stream), FrameCodec))
    }

    /// Says something; waits while the guest does not listen.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn send(&mut self, frame: Frame) -> Result<(), GuestError> {
        Ok(self.0.send(frame).await?)
    }

    /// Hears the next frame; safe to drop while waiting.
    ///
    /// # Errors
    /// When the connection breaks or ends.
    pub async fn receive(&mut self) -> Result<Frame, GuestError> {
        match self.0.next().await {
            Some(frame) => Ok(frame?),
            None => Err(GuestError::Ended),
        }
    }

    /// Hears and says at the same time.
    pub fn split(self) -> (FrameSink, FrameStream) {
        self.0.split()
    }
}
