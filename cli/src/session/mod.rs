//! A command in a guest, joined to this terminal or to these pipes: input, output, signals,
//! size, exit code.
//!
//! ```text
//! standard input ── input.rs ──> guest ──> output.rs ── standard output and error
//!                   signals, size ──^  └── exit code
//! ```

mod input;
mod output;

use banger_api::ExecRequest;
use banger_client::{Client, ClientError, ExecEvent, ExecInput};
use bytes::Bytes;
use nix::libc;
use tokio::signal::unix::{SignalKind, signal};

use self::output::{Output, Target};
use crate::{
    error::CliError,
    exit_status::ExitStatus,
    signals::{Heard, Signals},
    terminal::{self, RawMode},
};

/// Runs a command in a VM until it ends, and gives its exit status. `request.stdin` and
/// `request.terminal` say what is joined.
///
/// # Errors
/// When it cannot be started, when the connection breaks, when our output cannot be written,
/// and when the user insists on ending.
pub async fn run(
    client: &Client,
    vm: &str,
    request: &ExecRequest,
    signals: &mut Signals,
) -> Result<ExitStatus, CliError> {
    let session = signals.unless(client.attach(vm, request)).await?;
    let mut events = session.output;
    let mut joined = Joined {
        input: session.input,
        has_terminal: request.terminal.is_some(),
        has_input: request.stdin,
        raw: None,
    };
    let mut output = Output::start();
    let mut resized = signal(SignalKind::window_change()).map_err(CliError::Terminal)?;
    let mut continued = signal(SignalKind::from_raw(libc::SIGCONT)).map_err(CliError::Terminal)?;
    let mut pending: Option<(Target, Bytes)> = None;
    let ended = loop {
        tokio::select! {
            // Nothing more is read from the guest while output waits to be taken.
            event = events.next(), if pending.is_none() => match event.map_err(CliError::CommandLost)? {
                Some(ExecEvent::Started { .. }) => joined.begin()?,
                Some(ExecEvent::Stdout(bytes)) => pending = Some((Target::Stdout, bytes)),
                Some(ExecEvent::Stderr(bytes)) => pending = Some((Target::Stderr, bytes)),
                Some(ExecEvent::Exited { code, timed_out, .. }) => {
                    break ExitStatus::of_command(code, timed_out);
                }
                Some(ExecEvent::Failed(problem)) => return Err(ClientError::Problem(problem).into()),
                None => {
                    let text = "the command's connection ended".to_owned();
                    return Err(CliError::CommandLost(ClientError::Disconnected(text)));
                }
            },
            room = output.room(), if pending.is_some() => {
                let room = room?;
                if let Some(piece) = pending.take() {
                    room.send(piece);
                }
            }
            heard = signals.next() => joined.signal(heard)?,
            _ = resized.recv() => joined.resize(),
            _ = continued.recv() => joined.renew(),
        }
    };
    // The last of the output may still wait for its reader.
    tokio::select! {
        done = output.finish() => done?,
        heard = signals.next() => return Err(CliError::Interrupted { signal: heard.number }),
    }
    Ok(ended)
}

/// What of this process is joined to the command.
struct Joined {
    input: ExecInput,
    has_terminal: bool,
    has_input: bool,
    raw: Option<RawMode>,
}

impl Joined {
    /// The command runs. Until here, errors are told on a terminal as it was.
    fn begin(&mut self) -> Result<(), CliError> {
        if self.has_terminal {
            self.raw = RawMode::enter().map_err(CliError::Terminal)?;
        }
        if self.has_input {
            input::forward(self.input.clone());
        }
        Ok(())
    }

    fn signal(&self, heard: Heard) -> Result<(), CliError> {
        // With a hung-up terminal there is nobody to go on for; the guest's session hears of
        // it when we are gone.
        if heard.insists || (self.has_terminal && heard.number == libc::SIGHUP) {
            return Err(CliError::Interrupted {
                signal: heard.number,
            });
        }
        let input = self.input.clone();
        // A command that just ended needs no signal. Not waited for here: a daemon that does
        // not take it must not keep us from hearing the next.
        tokio::spawn(async move { input.signal(heard.number).await });
        Ok(())
    }

    fn resize(&self) {
        if self.has_terminal {
            let input = self.input.clone();
            tokio::spawn(async move { input.resize(terminal::size()).await });
        }
    }

    fn renew(&self) {
        if let Some(raw) = &self.raw {
            // The shell may have taken the terminal away again.
            let _ = raw.renew();
        }
        self.resize();
    }
}
