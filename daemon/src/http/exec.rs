//! Commands whose output comes as events: enough for curl and scripts.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, Responder, post, web};
use actix_web_lab::sse::{self, Sse};
use banger_agent_protocol::{
    Frame, FrameKind,
    frame::CHUNK,
    request::{AgentError, AgentErrorCode},
};
use banger_api::{ErrorCode, ExecOutput, ExecRequest, ImageConfig, Problem};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt, stream};
use tokio_util::task::AbortOnDropHandle;

use super::{Failure, failure::Failures, input::Body, progress};
use crate::{
    app::App,
    error,
    guest::{
        GuestError,
        exec::{self, Said, StdinWindow},
    },
    image_cache::run_config,
    utf8::Utf8Stream,
    vm::VmHandle,
};

/// Runs a command in a VM and answers with what it says, as `ExecOutput` events. When the
/// client goes away the command is killed, or left, as the request asks.
#[utoipa::path(post, path = "/v1/vms/{vm}/exec", operation_id = "exec_command", tag = "vms",
    params(("vm" = String, Path, description = "Its name, its id, or an unambiguous prefix")),
    request_body = ExecRequest,
    responses((status = 200, description = "Events with an ExecOutput as data", body = String, content_type = "text/event-stream"),
        Failures))]
#[post("/vms/{vm}/exec")]
pub async fn post_exec(
    app: web::Data<App>,
    vm: web::Path<String>,
    body: Body<ExecRequest>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let vm = app.vms.find(&vm)?;
    let channel = vm.guest()?;
    let mut command = body.0;
    run_config::apply(&mut command, &image_config(&app, &vm));
    check(&command)?;
    // Only `input` gives this door's commands something to read.
    command.stdin = false;
    let connection = exec::start(&channel, &command)
        .await
        .map_err(|source| error::guest(&source))?;
    let (sink, frames) = connection.split();
    let window = Arc::new(StdinWindow::default());
    let input = command.input.map(|input| {
        let feeding = feed(sink, input.into(), Arc::clone(&window));
        AbortOnDropHandle::new(actix_rt::spawn(feeding))
    });
    // What a daemon that stops can no longer pass on is over for its client.
    let closing = app.closing.clone().cancelled_owned();
    let events = output(frames, window, input).take_until(closing);
    Ok(Sse::from_stream(events)
        .with_keep_alive(progress::KEEP_ALIVE)
        .respond_to(&request)
        .map_into_boxed_body())
}

/// How a VM's image wants commands to be run.
pub(super) fn image_config(app: &App, vm: &VmHandle) -> ImageConfig {
    let snapshot = vm.snapshot();
    let image = snapshot.vm.image_id.as_ref();
    let item = image.and_then(|id| app.images.item(id).ok());
    item.map(|item| item.record.config).unwrap_or_default()
}

/// Checks what neither the JSON reader nor the guest can explain as well.
pub(super) fn check(request: &ExecRequest) -> Result<(), Problem> {
    let texts = request
        .command
        .iter()
        .chain(request.env.keys())
        .chain(request.env.values());
    let detail = if request.command.first().is_none_or(String::is_empty) {
        "command cannot be empty, for the image has none: write the program and its arguments"
    } else if texts.clone().any(|text| text.contains('\0')) {
        "command and env cannot contain a NUL character"
    } else if request
        .env
        .keys()
        .any(|name| name.is_empty() || name.contains('='))
    {
        "env cannot have names that are empty or contain ="
    } else if request.timeout_ms == Some(0) {
        "timeout_ms cannot be 0: leave it away for no limit"
    } else {
        return Ok(());
    };
    Err(Problem::new(ErrorCode::InvalidValue, detail))
}

/// Why a command did not start.
pub(super) fn not_started(failed: AgentError) -> Problem {
    let code = match failed.code {
        AgentErrorCode::NotFound => ErrorCode::CommandNotFound,
        other => error::agent_code(other),
    };
    let problem = Problem::new(code, failed.message);
    match failed.code {
        AgentErrorCode::NoUser => problem
            .with_hint("name one of its /etc/passwd and /etc/group, or use numbers: 1000:1000"),
        _ => problem,
    }
}

async fn feed(
    mut sink: impl Sink<Frame, Error = banger_agent_protocol::FrameError> + Unpin,
    mut input: Bytes,
    window: Arc<StdinWindow>,
) {
    while !input.is_empty() {
        let piece = input.split_to(input.len().min(CHUNK));
        window.reserve(piece.len()).await;
        if sink
            .send(Frame::new(FrameKind::Stdin, piece))
            .await
            .is_err()
        {
            // The other half tells what happened.
            return;
        }
    }
    let _ = sink.send(Frame::new(FrameKind::Stdin, Bytes::new())).await;
}

struct Output<F> {
    frames: F,
    window: Arc<StdinWindow>,
    stdout: Utf8Stream,
    stderr: Utf8Stream,
    _input: Option<AbortOnDropHandle<()>>,
}

fn output<F, E>(
    frames: F,
    window: Arc<StdinWindow>,
    input: Option<AbortOnDropHandle<()>>,
) -> impl Stream<Item = Result<sse::Event, serde_json::Error>>
where
    F: Stream<Item = Result<Frame, E>> + Unpin,
    GuestError: From<E>,
{
    let (stdout, stderr) = (Utf8Stream::default(), Utf8Stream::default());
    let state = Some(Output {
        frames,
        window,
        stdout,
        stderr,
        _input: input,
    });
    let batches = stream::unfold(state, |state| async {
        let mut state = state?;
        let said = match state.frames.next().await {
            Some(frame) => frame.map_err(GuestError::from).and_then(exec::said),
            None => Err(GuestError::Ended),
        };
        let (events, ended) = state.events(said);
        Some((stream::iter(events), if ended { None } else { Some(state) }))
    });
    batches
        .flatten()
        .map(|output| progress::event(name(&output), None, &output))
}

impl<F> Output<F> {
    /// The events for something said, and whether they are the last.
    fn events(&mut self, said: Result<Said, GuestError>) -> (Vec<ExecOutput>, bool) {
        match said {
            Ok(Said::Started { pid }) => (vec![ExecOutput::Started { pid }], false),
            Ok(Said::Stdout(bytes)) => (
                self.stdout.push(&bytes).into_iter().map(stdout).collect(),
                false,
            ),
            Ok(Said::Stderr(bytes)) => (
                self.stderr.push(&bytes).into_iter().map(stderr).collect(),
                false,
            ),
            Ok(Said::StdinTaken(bytes)) => {
                self.window.taken(bytes);
                (Vec::new(), false)
            }
            Ok(Said::Exited(status)) => {
                let rest = self.stdout.finish().map(stdout);
                let mut events: Vec<_> = rest
                    .into_iter()
                    .chain(self.stderr.finish().map(stderr))
                    .collect();
                let (code, signal, timed_out) = (status.code, status.signal, status.timed_out);
                events.push(ExecOutput::Exited {
                    code,
                    signal,
                    timed_out,
                });
                (events, true)
            }
            Ok(Said::Failed(failed)) => (
                vec![ExecOutput::Failed {
                    problem: not_started(failed),
                }],
                true,
            ),
            Err(source) => (
                vec![ExecOutput::Failed {
                    problem: error::guest(&source),
                }],
                true,
            ),
        }
    }
}

fn name(output: &ExecOutput) -> &'static str {
    match output {
        ExecOutput::Started { .. } => "started",
        ExecOutput::Stdout { .. } => "stdout",
        ExecOutput::Stderr { .. } => "stderr",
        ExecOutput::Exited { .. } => "exited",
        ExecOutput::Failed { .. } => "failed",
    }
}

fn stdout(bytes: Vec<u8>) -> ExecOutput {
    let (text, base64) = text_or_base64(bytes);
    ExecOutput::Stdout { text, base64 }
}

fn stderr(bytes: Vec<u8>) -> ExecOutput {
    let (text, base64) = text_or_base64(bytes);
    ExecOutput::Stderr { text, base64 }
}

fn text_or_base64(bytes: Vec<u8>) -> (Option<String>, Option<String>) {
    match String::from_utf8(bytes) {
        Ok(text) => (Some(text), None),
        Err(error) => (None, Some(STANDARD.encode(error.as_bytes()))),
    }
}
