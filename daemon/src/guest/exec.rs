//! A running command.

use banger_agent_protocol::{
    Frame, FrameKind,
    exec::{ExecEvent, ExecRequest, ExitStatus, OnDisconnect, STDIN_WINDOW, TerminalSize},
    request::{AgentError, Request},
};
use banger_vmm::GuestChannel;
use bytes::Bytes;

use super::{Connection, GuestError, window::Window};

/// Starts a command; what it says is read from the connection.
///
/// # Errors
/// When the guest does not answer.
pub async fn start(
    channel: &GuestChannel,
    request: &banger_api::ExecRequest,
) -> Result<Connection, GuestError> {
    Connection::open(channel, &Request::Exec(to_agent(request))).await
}

fn to_agent(request: &banger_api::ExecRequest) -> ExecRequest {
    ExecRequest {
        command: request.command.clone(),
        env: request.env.clone(),
        working_dir: request.working_dir.clone(),
        user: request.user.clone(),
        stdin: request.stdin || request.input.is_some(),
        terminal: request.terminal.map(terminal_size),
        timeout_ms: request.timeout_ms,
        on_disconnect: match request.on_disconnect {
            banger_api::OnDisconnect::Kill => OnDisconnect::Kill,
            banger_api::OnDisconnect::Leave => OnDisconnect::Leave,
        },
    }
}

/// The size as the agent takes it.
pub fn terminal_size(size: banger_api::TerminalSize) -> TerminalSize {
    TerminalSize {
        rows: size.rows,
        columns: size.columns,
    }
}

/// What a running command says.
#[derive(Debug)]
pub enum Said {
    /// It runs.
    Started {
        /// Its process id in the guest.
        pid: u32,
    },
    /// Standard output.
    Stdout(Bytes),
    /// Standard error.
    Stderr(Bytes),
    /// That much of its input was taken.
    StdinTaken(u64),
    /// It ended; nothing follows.
    Exited(ExitStatus),
    /// It never started; nothing follows.
    Failed(AgentError),
}

/// Understands a frame of the guest.
///
/// # Errors
/// When it is none that a command sends.
pub fn said(frame: Frame) -> Result<Said, GuestError> {
    Ok(match frame.kind {
        FrameKind::Stdout => Said::Stdout(frame.payload),
        FrameKind::Stderr => Said::Stderr(frame.payload),
        FrameKind::Control => match frame.message()? {
            ExecEvent::Started { pid } => Said::Started { pid },
            ExecEvent::StdinTaken { bytes } => Said::StdinTaken(bytes),
            ExecEvent::Exited { status } => Said::Exited(status),
            ExecEvent::Failed { error } => Said::Failed(error),
        },
        FrameKind::Stdin | FrameKind::Data => return Err(GuestError::Unexpected),
    })
}

/// How much input may still be sent before the guest has taken more.
pub type StdinWindow = Window<STDIN_WINDOW>;
