//! Commands with input, a terminal and signals, over a WebSocket; see [`banger_api::exec`]
//! for the messages.
//!
//! Neither half holds more than a message: output waits in the guest until it is read here,
//! and of input at most [`STDIN_WINDOW`] bytes are under way. The output has to be read for
//! the input to go on, since it brings the news that input was taken.

use std::sync::Arc;

use banger_api::{
    ExecInput as Control, ExecRequest, ExecStatus, Problem, TerminalSize,
    exec::{STDERR, STDIN, STDIN_WINDOW, STDOUT},
};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use reqwest::Upgraded;
use serde::Serialize;
use tokio::sync::{Mutex, Semaphore};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error as WsError, Message, error::ProtocolError},
};

use crate::{Client, ClientError, websocket};

/// The most input in one message, in bytes.
const CHUNK: usize = 64 * 1024;

/// A running command. Dropping both halves lets it be killed or go on, as its request says.
#[derive(Debug)]
pub struct ExecSession {
    /// What it is told.
    pub input: ExecInput,
    /// What it says.
    pub output: ExecOutput,
}

/// What a command says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecEvent {
    /// It runs.
    Started {
        /// Its process id in the guest.
        pid: u32,
    },
    /// Standard output; everything, where there is a terminal.
    Stdout(Bytes),
    /// Standard error.
    Stderr(Bytes),
    /// It ended; nothing follows.
    Exited {
        /// Its exit code; 128 + the signal's number where a signal ended it.
        code: i32,
        /// The signal that ended it.
        signal: Option<i32>,
        /// Whether the time limit ended it.
        timed_out: bool,
    },
    /// It never started, or the guest went away; nothing follows.
    Failed(Box<Problem>),
}

/// The half that tells a command something. Clones tell the same command: one may wait for
/// room for input while another sends a signal.
#[derive(Clone, Debug)]
pub struct ExecInput {
    sink: Arc<Mutex<SplitSink<WebSocketStream<Upgraded>, Message>>>,
    window: Arc<Semaphore>,
}

/// The half that hears what a command says.
#[derive(Debug)]
pub struct ExecOutput {
    messages: SplitStream<WebSocketStream<Upgraded>>,
    window: Arc<Semaphore>,
    ended: bool,
}

impl Client {
    /// Runs a command in a VM. Whether it could be started is the first that the output says.
    ///
    /// # Errors
    /// When there is no such VM, or it does not run.
    pub async fn attach(
        &self,
        vm: &str,
        request: &ExecRequest,
    ) -> Result<ExecSession, ClientError> {
        let url = format!(
            "{}/v1/vms/{}/exec/attach",
            self.base_url(),
            progenitor_client::encode_path(vm)
        );
        let (sink, messages) = websocket::open(self.http(), &url).await?.split();
        let window = Arc::new(Semaphore::new(STDIN_WINDOW as usize));
        let input = ExecInput {
            sink: Arc::new(Mutex::new(sink)),
            window: Arc::clone(&window),
        };
        input.send_text(request).await?;
        let output = ExecOutput {
            messages,
            window,
            ended: false,
        };
        Ok(ExecSession { input, output })
    }
}

impl ExecInput {
    /// Gives it input; the request must have set `stdin`. Waits until there is room. An
    /// empty piece is no end: that is [`ExecInput::close`].
    ///
    /// # Errors
    /// [`ClientError::Disconnected`] when the command has ended.
    pub async fn write(&self, mut bytes: Bytes) -> Result<(), ClientError> {
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(CHUNK));
            // CHUNK fits any u32.
            match self.window.acquire_many(piece.len() as u32).await {
                Ok(permits) => permits.forget(),
                Err(_) => return Err(ended()),
            }
            self.send(Message::Binary(stdin(&piece))).await?;
        }
        Ok(())
    }

    /// Tells it that its input ends here.
    ///
    /// # Errors
    /// [`ClientError::Disconnected`] when the command has ended.
    pub async fn close(&self) -> Result<(), ClientError> {
        self.send(Message::Binary(stdin(&[]))).await
    }

    /// Sends a signal, by its number in signal(7), to its process group.
    ///
    /// # Errors
    /// [`ClientError::Disconnected`] when the command has ended.
    pub async fn signal(&self, number: i32) -> Result<(), ClientError> {
        self.send_text(&Control::Signal { number }).await
    }

    /// Changes its terminal's size.
    ///
    /// # Errors
    /// [`ClientError::Disconnected`] when the command has ended.
    pub async fn resize(&self, size: TerminalSize) -> Result<(), ClientError> {
        self.send_text(&Control::Resize { size }).await
    }

    async fn send_text(&self, message: &impl Serialize) -> Result<(), ClientError> {
        let text = serde_json::to_string(message)
            .map_err(|error| ClientError::Protocol(error.to_string()))?;
        self.send(Message::text(text)).await
    }

    async fn send(&self, message: Message) -> Result<(), ClientError> {
        let mut sink = self.sink.lock().await;
        sink.send(message).await.map_err(broken)
    }
}

impl ExecOutput {
    /// The next that it says; `None` after [`ExecEvent::Exited`] or [`ExecEvent::Failed`].
    /// Nothing is lost when this future is dropped before its end.
    ///
    /// # Errors
    /// When the daemon goes away.
    pub async fn next(&mut self) -> Result<Option<ExecEvent>, ClientError> {
        while !self.ended {
            let message = match self.messages.next().await {
                Some(message) => message.map_err(broken),
                None => Err(ended()),
            };
            let event = message.and_then(|message| self.understand(message));
            match event {
                Ok(Some(event)) => {
                    if matches!(event, ExecEvent::Exited { .. } | ExecEvent::Failed(_)) {
                        self.end();
                    }
                    return Ok(Some(event));
                }
                Ok(None) => {}
                Err(error) => {
                    self.end();
                    return Err(error);
                }
            }
        }
        Ok(None)
    }

    fn end(&mut self) {
        self.ended = true;
        // Whoever waits for room for input need not wait any more.
        self.window.close();
    }

    fn understand(&self, message: Message) -> Result<Option<ExecEvent>, ClientError> {
        match message {
            Message::Binary(bytes) => output(&bytes).map(Some),
            Message::Text(text) => {
                let status = serde_json::from_str(&text)
                    .map_err(|error| ClientError::Protocol(format!("a message: {error}")))?;
                Ok(self.status(status))
            }
            Message::Close(_) => Err(ended()),
            // Answered by the library.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(None),
        }
    }

    fn status(&self, status: ExecStatus) -> Option<ExecEvent> {
        match status {
            ExecStatus::Started { pid } => Some(ExecEvent::Started { pid }),
            ExecStatus::StdinTaken { bytes } => {
                let room = STDIN_WINDOW.saturating_sub(self.window.available_permits() as u64);
                self.window.add_permits(bytes.min(room) as usize);
                None
            }
            ExecStatus::Exited {
                code,
                signal,
                timed_out,
            } => Some(ExecEvent::Exited {
                code,
                signal,
                timed_out,
            }),
            ExecStatus::Failed { problem } => Some(ExecEvent::Failed(Box::new(problem))),
        }
    }
}

fn stdin(bytes: &[u8]) -> Bytes {
    let mut message = BytesMut::with_capacity(1 + bytes.len());
    message.put_u8(STDIN);
    message.extend_from_slice(bytes);
    message.freeze()
}

fn output(message: &Bytes) -> Result<ExecEvent, ClientError> {
    match message.first() {
        Some(&STDOUT) => Ok(ExecEvent::Stdout(message.slice(1..))),
        Some(&STDERR) => Ok(ExecEvent::Stderr(message.slice(1..))),
        other => Err(ClientError::Protocol(format!(
            "a message of stream {other:?}"
        ))),
    }
}

fn ended() -> ClientError {
    ClientError::Disconnected("the command's connection ended".to_owned())
}

fn broken(error: WsError) -> ClientError {
    match error {
        WsError::ConnectionClosed
        | WsError::AlreadyClosed
        | WsError::Io(_)
        | WsError::Protocol(
            ProtocolError::ResetWithoutClosingHandshake
            | ProtocolError::SendAfterClosing
            | ProtocolError::ReceivedAfterClosing,
        ) => ClientError::Disconnected(error.to_string()),
        error => ClientError::Protocol(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_is_a_lost_connection_and_no_broken_protocol() {
        for protocol in [
            ProtocolError::ResetWithoutClosingHandshake,
            ProtocolError::SendAfterClosing,
        ] {
            let error = broken(WsError::Protocol(protocol));
            assert!(matches!(error, ClientError::Disconnected(_)), "{error}");
        }
        let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert!(matches!(
            broken(WsError::Io(reset)),
            ClientError::Disconnected(_)
        ));
        let mask = broken(WsError::Protocol(ProtocolError::MaskedFrameFromServer));
        assert!(matches!(mask, ClientError::Protocol(_)), "{mask}");
    }

    #[test]
    fn messages_name_their_stream() {
        assert_eq!(stdin(b"ab"), Bytes::from_static(b"\0ab"));
        assert_eq!(stdin(b""), Bytes::from_static(b"\0"));
        let event = output(&Bytes::from_static(b"\x01out")).unwrap();
        assert_eq!(event, ExecEvent::Stdout(Bytes::from_static(b"out")));
        let event = output(&Bytes::from_static(b"\x02")).unwrap();
        assert_eq!(event, ExecEvent::Stderr(Bytes::new()));
        assert!(output(&Bytes::from_static(b"\0in")).is_err());
        assert!(output(&Bytes::new()).is_err());
    }
}
