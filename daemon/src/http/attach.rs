//! Commands with input, a terminal and signals, over a WebSocket; see [`banger_api::exec`]
//! for the messages.

use std::collections::VecDeque;

use actix_web::{HttpRequest, HttpResponse, get, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, Session};
use banger_agent_protocol::{Frame, FrameError, FrameKind, exec as agent, frame::CHUNK};
use banger_api::{
    ErrorCode, ExecInput, ExecRequest, ExecStatus, ImageConfig, Problem,
    exec::{STDERR, STDIN, STDOUT},
};
use banger_vmm::GuestChannel;
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{Sink, SinkExt, Stream, StreamExt};

use super::{
    Failure,
    exec::{check, image_config, not_started},
    failure::Failures,
    progress,
};
use crate::{
    app::App,
    error,
    guest::{
        GuestError,
        exec::{self, Said, StdinWindow, terminal_size},
    },
    image_cache::run_config,
};

/// The largest message of a client, in bytes.
const MESSAGE_LIMIT: usize = 1024 * 1024;

/// Runs a command in a VM over a WebSocket. The first message is an `ExecRequest` as text;
/// then binary messages carry bytes after one that names the stream (0 input, 1 output,
/// 2 errors), text messages an `ExecInput` of the client or an `ExecStatus` of the server.
#[utoipa::path(get, path = "/v1/vms/{vm}/exec/attach", operation_id = "attach_command", tag = "vms",
    params(("vm" = String, Path, description = "Its name, its id, or an unambiguous prefix")),
    responses((status = 101, description = "A WebSocket"),
        Failures))]
#[get("/vms/{vm}/exec/attach")]
pub async fn attach(
    app: web::Data<App>,
    vm: web::Path<String>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Failure> {
    let vm = app.vms.find(&vm)?;
    let channel = vm.guest()?;
    let config = image_config(&app, &vm);
    let (response, session, messages) = actix_ws::handle(&request, body).map_err(|error| {
        let detail = format!("this path wants a WebSocket: {error}");
        Problem::new(ErrorCode::BadRequest, detail)
            .with_hint("POST to .../exec answers without one")
    })?;
    let messages = messages
        .max_frame_size(MESSAGE_LIMIT)
        .aggregate_continuations()
        .max_continuation_size(MESSAGE_LIMIT);
    let closing = app.closing.clone();
    actix_rt::spawn(async move {
        // Dropping it all tells both ends.
        closing
            .run_until_cancelled(serve(channel, config, session, messages))
            .await;
    });
    Ok(response)
}

async fn serve(
    channel: GuestChannel,
    config: ImageConfig,
    mut session: Session,
    mut messages: AggregatedMessageStream,
) {
    let status = match run(&channel, &config, &mut session, &mut messages).await {
        Ok(Some(status)) => status,
        // The client is gone; the connection to the guest with it.
        Ok(None) => return,
        Err(problem) => ExecStatus::Failed { problem },
    };
    if let Ok(text) = serde_json::to_string(&status)
        && session.text(text).await.is_ok()
    {
        let _ = session.close(Some(CloseCode::Normal.into())).await;
    }
}

async fn run(
    channel: &GuestChannel,
    config: &ImageConfig,
    session: &mut Session,
    messages: &mut AggregatedMessageStream,
) -> Result<Option<ExecStatus>, Problem> {
    let Some(mut request) = first(messages).await? else {
        return Ok(None);
    };
    run_config::apply(&mut request, config);
    check(&request)?;
    let connection = exec::start(channel, &request)
        .await
        .map_err(|e| error::guest(&e))?;
    let (sink, frames) = connection.split();
    let window = StdinWindow::default();
    tokio::select! {
        status = outward(frames, session.clone(), &window) => status,
        ended = inward(messages, sink, session.clone(), &window) => ended.map(|()| None),
    }
}

async fn first(messages: &mut AggregatedMessageStream) -> Result<Option<ExecRequest>, Problem> {
    match messages.recv().await {
        Some(Ok(AggregatedMessage::Text(text))) => {
            let request: ExecRequest = serde_json::from_str(&text).map_err(|error| {
                Problem::new(ErrorCode::BadRequest, format!("the request: {error}"))
            })?;
            if request.input.is_some() {
                let detail = "input is for POST; here, set stdin and send it in binary messages";
                return Err(Problem::new(ErrorCode::InvalidValue, detail));
            }
            Ok(Some(request))
        }
        Some(Ok(_)) => {
            let detail = "the first message must be the request, as text";
            Err(Problem::new(ErrorCode::BadRequest, detail))
        }
        Some(Err(_)) | None => Ok(None),
    }
}

/// From the guest to the client, until the command's end or the client's.
async fn outward(
    mut frames: impl Stream<Item = Result<Frame, FrameError>> + Unpin,
    mut session: Session,
    window: &StdinWindow,
) -> Result<Option<ExecStatus>, Problem> {
    loop {
        let frame = match frames.next().await {
            Some(frame) => frame.map_err(GuestError::from).and_then(exec::said),
            None => Err(GuestError::Ended),
        };
        let sent = match frame.map_err(|source| error::guest(&source))? {
            Said::Stdout(bytes) => session.binary(tagged(STDOUT, &bytes)).await,
            Said::Stderr(bytes) => session.binary(tagged(STDERR, &bytes)).await,
            Said::Started { pid } => text(&mut session, &ExecStatus::Started { pid }).await,
            Said::StdinTaken(bytes) => {
                window.taken(bytes);
                text(&mut session, &ExecStatus::StdinTaken { bytes }).await
            }
            Said::Exited(status) => {
                let (code, signal, timed_out) = (status.code, status.signal, status.timed_out);
                return Ok(Some(ExecStatus::Exited {
                    code,
                    signal,
                    timed_out,
                }));
            }
            Said::Failed(failed) => {
                return Ok(Some(ExecStatus::Failed {
                    problem: not_started(failed),
                }));
            }
        };
        if sent.is_err() {
            return Ok(None);
        }
    }
}

async fn text(session: &mut Session, status: &ExecStatus) -> Result<(), actix_ws::Closed> {
    match serde_json::to_string(status) {
        Ok(text) => session.text(text).await,
        // Such a message holds numbers only.
        Err(_) => Ok(()),
    }
}

fn tagged(stream: u8, bytes: &Bytes) -> Bytes {
    let mut message = BytesMut::with_capacity(1 + bytes.len());
    message.put_u8(stream);
    message.extend_from_slice(bytes);
    message.freeze()
}

/// From the client to the guest, until the client's end.
async fn inward(
    messages: &mut AggregatedMessageStream,
    mut sink: impl Sink<Frame, Error = FrameError> + Unpin,
    mut session: Session,
    window: &StdinWindow,
) -> Result<(), Problem> {
    let bad = |detail: String| Problem::new(ErrorCode::BadRequest, detail);
    let mut waiting = Waiting::default();
    let mut alive = tokio::time::interval(progress::KEEP_ALIVE);
    loop {
        let message = tokio::select! {
            piece = waiting.next(window), if !waiting.is_empty() => {
                if sink.send(Frame::new(FrameKind::Stdin, piece)).await.is_err() {
                    // As below.
                    return std::future::pending().await;
                }
                continue;
            }
            // A client that sends more input than may be under way is heard until that is much.
            message = messages.recv(), if waiting.bytes < MESSAGE_LIMIT => message,
            // Then only writing tells whether it is still there.
            _ = alive.tick() => {
                if session.ping(b"").await.is_err() {
                    return Ok(());
                }
                continue;
            }
        };
        let Some(Ok(message)) = message else {
            return Ok(());
        };
        let sent = match message {
            AggregatedMessage::Binary(bytes) if bytes.first() == Some(&STDIN) => {
                waiting.push(bytes.slice(1..));
                Ok(())
            }
            AggregatedMessage::Binary(_) => {
                return Err(bad(format!(
                    "a binary message must begin with {STDIN}, for input"
                )));
            }
            AggregatedMessage::Text(text) => {
                let input: ExecInput = serde_json::from_str(&text)
                    .map_err(|error| bad(format!("a message: {error}")))?;
                let frame = Frame::control(&to_agent(&input)).map_err(|e| bad(e.to_string()))?;
                sink.send(frame).await
            }
            AggregatedMessage::Ping(bytes) => {
                let _ = session.pong(&bytes).await;
                Ok(())
            }
            AggregatedMessage::Pong(_) => Ok(()),
            AggregatedMessage::Close(_) => return Ok(()),
        };
        if sent.is_err() {
            // The guest closed: what it said last is on its way to the client.
            return std::future::pending().await;
        }
    }
}

/// Input that waits until the guest has taken more. Signals do not wait behind it.
#[derive(Debug, Default)]
struct Waiting {
    pieces: VecDeque<Bytes>,
    bytes: usize,
}

impl Waiting {
    /// Adds a message's input; nothing in it is the end of input.
    fn push(&mut self, mut input: Bytes) {
        self.bytes += input.len();
        loop {
            let piece = input.split_to(input.len().min(CHUNK));
            self.pieces.push_back(piece);
            if input.is_empty() {
                return;
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The next piece, when there is room for it. Nothing is lost when this future is dropped
    /// before its end.
    async fn next(&mut self, window: &StdinWindow) -> Bytes {
        window
            .reserve(self.pieces.front().map_or(0, Bytes::len))
            .await;
        let piece = self.pieces.pop_front().unwrap_or_default();
        self.bytes -= piece.len();
        piece
    }
}

fn to_agent(input: &ExecInput) -> agent::ExecInput {
    match *input {
        ExecInput::Signal { number } => agent::ExecInput::Signal { number },
        ExecInput::Resize { size } => agent::ExecInput::Resize {
            size: terminal_size(size),
        },
    }
}

#[cfg(test)]
mod tests {
    use banger_agent_protocol::exec::STDIN_WINDOW;

    use super::*;

    #[tokio::test]
    async fn input_waits_for_room_in_its_order() {
        let window = StdinWindow::default();
        let mut waiting = Waiting::default();
        let much = Bytes::from(vec![7; STDIN_WINDOW as usize + 1]);
        waiting.push(much.clone());
        waiting.push(Bytes::new());
        let mut sent = 0;
        while sent < STDIN_WINDOW as usize {
            sent += waiting.next(&window).await.len();
        }
        let full = futures_util::FutureExt::now_or_never(waiting.next(&window));
        assert_eq!(full, None, "the window is full");
        assert_eq!(waiting.bytes, 1, "nothing is lost");
        window.taken(1);
        assert_eq!(waiting.next(&window).await.len(), 1);
        assert!(waiting.next(&window).await.is_empty(), "the end comes last");
        assert!(waiting.is_empty());
    }
}
