//! Commands: a session each, with pipes or a terminal, to an exact end.
//!
//! ```text
//!            ┌ input.rs ──> stdin, signals, size ──┐
//! host ──────┤                                     ├── the command and its session
//!            └ output.rs <── stdout, stderr ───────┘
//!                    ^                      │ ends (running.rs), or its time does
//!                    └── drain what is there, then Exited
//! ```
//!
//! | file | duty |
//! |---|---|
//! | `mod.rs` | the conversation |
//! | `plan.rs` | from the request to what is started; pure |
//! | `accounts.rs` | /etc/passwd and /etc/group; pure |
//! | `launch.rs` | starting it, and why it did not start |
//! | `running.rs` | waiting for its end, and its time limit |
//! | `session.rs` | all processes of a session |
//! | `output.rs` | from its pipes to the host |
//! | `input.rs` | from the host to its input |

mod accounts;
mod input;
mod launch;
mod output;
mod plan;
mod running;
mod session;
#[cfg(test)]
mod tests;

use std::time::Duration;

use banger_agent_protocol::{
    FrameError,
    exec::{ExecEvent, ExecRequest, OnDisconnect},
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use self::{input::Input, launch::Launched, output::Output, running::Running};
use crate::server::frames::FrameWriter;

pub use self::plan::ROOT_PATH;

/// How long a session has between SIGHUP and SIGKILL when its client went away.
const HANG_UP_GRACE: Duration = Duration::from_secs(1);

type FrameReader<R> = tokio_util::codec::FramedRead<R, banger_agent_protocol::FrameCodec>;

/// Runs a command for the host.
///
/// # Errors
/// When the connection broke; the command was then dealt with as the request says.
pub async fn converse<R, W>(
    request: ExecRequest,
    reader: &mut FrameReader<R>,
    writer: &FrameWriter<W>,
) -> Result<(), FrameError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let launched = plan::plan(&request, &accounts::Accounts::of_this_system())
        .and_then(|plan| launch::launch(&plan));
    let Launched {
        running,
        input,
        outputs,
    } = match launched {
        Ok(launched) => launched,
        Err(error) => return writer.control(&ExecEvent::Failed { error }).await,
    };
    let timeout = request.timeout_ms.map(Duration::from_millis);
    let attended = attend(&running, input, &outputs, timeout, reader, writer).await;
    if attended.is_err() {
        abandon(&running, &outputs, request.on_disconnect).await;
    }
    attended
}

/// Carries input and output until the command has ended and its output is sent.
async fn attend<R, W>(
    running: &Running,
    input: Input,
    outputs: &[Output],
    timeout: Option<Duration>,
    reader: &mut FrameReader<R>,
    writer: &FrameWriter<W>,
) -> Result<(), FrameError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    writer
        .control(&ExecEvent::Started { pid: running.pid() })
        .await?;
    let ended = CancellationToken::new();
    let end = async {
        let status = running.end(timeout).await;
        ended.cancel();
        Ok(status)
    };
    let sending = output::send_all(outputs, writer, &ended);
    let to_the_end = async { futures_util::try_join!(end, sending) };
    let status = tokio::select! {
        outcome = to_the_end => outcome?.0?,
        // Input only ends with the connection.
        broken = input.feed(reader, writer, running, &ended) => return Err(broken),
    };
    writer.control(&ExecEvent::Exited { status }).await
}

/// Deals with a command whose client went away. Its output is read on, so that it is not held
/// up, and thrown away.
async fn abandon(running: &Running, outputs: &[Output], how: OnDisconnect) {
    let ended = CancellationToken::new();
    let end = async {
        if matches!(how, OnDisconnect::Kill) {
            session::hang_up(running.pid(), HANG_UP_GRACE).await;
        }
        // Nobody is left to be told how it ended.
        let _ = running.end(None).await;
        ended.cancel();
    };
    tokio::join!(end, output::discard_all(outputs, &ended));
}
