//! Whole conversations over a socket pair, with real processes of this machine.
//!
//! | file | role |
//! |---|---|
//! | `ends.rs` | output, exit codes, and commands that do not start |
//! | `input.rs` | standard input, its end and its window |
//! | `lifetime.rs` | children, signals and time limits |
//! | `terminal.rs` | commands on a terminal |
//! | `disconnect.rs` | clients that go away, or do not read |

mod disconnect;
mod ends;
mod input;
mod lifetime;
mod terminal;

use std::time::{Duration, Instant};

use banger_agent_protocol::{
    Frame, FrameCodec, FrameKind,
    exec::{
        ExecEvent, ExecInput, ExecRequest, ExitStatus, OnDisconnect, STDIN_WINDOW, TerminalSize,
    },
    frame::CHUNK,
    request::AgentErrorCode,
};
use futures_util::{SinkExt, StreamExt};
use tokio::{net::UnixStream, task::JoinHandle, time::timeout};
use tokio_util::codec::{Framed, FramedRead};

use super::converse;
use crate::server::frames::FrameWriter;

/// More than anything here takes; a conversation that hangs fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// The host's side of a conversation.
struct Host {
    connection: Framed<UnixStream, FrameCodec>,
    agent: JoinHandle<()>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    taken: u64,
}

fn shell(script: &str) -> ExecRequest {
    ExecRequest {
        command: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
        user: Some(nix::unistd::geteuid().to_string()),
        working_dir: Some("/".to_owned()),
        ..ExecRequest::default()
    }
}

impl Host {
    fn start(request: ExecRequest) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let agent = tokio::spawn(async move {
            let (reader, writer) = theirs.into_split();
            let mut reader = FramedRead::new(reader, FrameCodec);
            // A broken connection is a case of its own below.
            let _ = converse(request, &mut reader, &FrameWriter::new(writer)).await;
        });
        let connection = Framed::new(ours, FrameCodec);
        Self {
            connection,
            agent,
            stdout: Vec::new(),
            stderr: Vec::new(),
            taken: 0,
        }
    }

    async fn send(&mut self, frame: Frame) {
        self.connection.send(frame).await.unwrap();
    }

    async fn say(&mut self, input: ExecInput) {
        self.send(Frame::control(&input).unwrap()).await;
    }

    async fn type_in(&mut self, bytes: &'static [u8]) {
        self.send(Frame::new(FrameKind::Stdin, bytes)).await;
    }

    /// The next event; data on the way is gathered.
    async fn event(&mut self) -> ExecEvent {
        loop {
            let next = timeout(PATIENCE, self.connection.next());
            let frame = next.await.expect("the agent hangs").unwrap().unwrap();
            match frame.kind {
                FrameKind::Stdout => self.stdout.extend_from_slice(&frame.payload),
                FrameKind::Stderr => self.stderr.extend_from_slice(&frame.payload),
                _ => match frame.message().unwrap() {
                    ExecEvent::StdinTaken { bytes } => self.taken += bytes,
                    event => return event,
                },
            }
        }
    }

    async fn pid(&mut self) -> u32 {
        match self.event().await {
            ExecEvent::Started { pid } => pid,
            other => panic!("not started: {other:?}"),
        }
    }

    /// Waits for output that ends so.
    async fn output(&mut self, end: &str) {
        while !self.stdout.ends_with(end.as_bytes()) {
            let next = timeout(PATIENCE, self.connection.next());
            let frame = next.await.expect("the agent hangs").unwrap().unwrap();
            assert_eq!(frame.kind, FrameKind::Stdout, "{frame:?}");
            self.stdout.extend_from_slice(&frame.payload);
        }
    }

    async fn end(&mut self) -> ExitStatus {
        match self.event().await {
            ExecEvent::Exited { status } => status,
            other => panic!("not exited: {other:?}"),
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

async fn run(request: ExecRequest) -> (ExitStatus, Host) {
    let mut host = Host::start(request);
    host.pid().await;
    (host.end().await, host)
}

fn code(code: i32) -> ExitStatus {
    ExitStatus {
        code,
        signal: None,
        timed_out: false,
    }
}

fn is_alive(pid: u32) -> bool {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid.cast_signed()), None).is_ok()
}
