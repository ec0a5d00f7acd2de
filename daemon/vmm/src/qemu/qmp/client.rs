//! A connection: commands matched to answers by id, and why the guest shut down.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::message::{Message, ShutdownCause, command_line, parse};

/// The longest line taken. QEMU's longest answers here are a few kB.
const LONGEST_LINE: u64 = 1 << 20;

/// How long an answer is waited for. QEMU answers between two steps of its main loop; only a
/// host that is starved makes it wait long.
const ANSWER_DEADLINE: Duration = Duration::from_secs(10);

/// Why a command has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QmpError {
    /// QEMU says no.
    #[error("{0}")]
    Refused(String),
    /// The connection failed.
    #[error("the control socket failed: {0}")]
    Io(#[from] io::Error),
    /// QEMU closed the connection.
    #[error("the VMM has closed its control socket")]
    Closed,
    /// No answer in time.
    #[error("no answer for {} s", ANSWER_DEADLINE.as_secs())]
    TimedOut,
    /// A line that is not the protocol's.
    #[error("the VMM's control socket speaks another protocol: {0}")]
    Protocol(String),
}

/// A connection to one QEMU. It serves one client at a time; dropping this one makes room.
#[derive(Debug)]
pub(crate) struct QmpClient {
    writer: tokio::sync::Mutex<OwnedWriteHalf>,
    shared: Arc<Shared>,
    /// Turns true when QEMU has closed the connection.
    closed: watch::Receiver<bool>,
    reader: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last_id: u64,
    waiting: HashMap<u64, oneshot::Sender<Result<Value, String>>>,
    shutdown: Option<ShutdownCause>,
    closed: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can panic half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for QmpClient {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl QmpClient {
    /// Connects and waits for QEMU's greeting, which comes once it is ready or, where another
    /// client is connected, once that one has left.
    pub(crate) async fn connect(socket: &Path) -> Result<Self, QmpError> {
        Self::greet(UnixStream::connect(socket).await?).await
    }

    async fn greet(stream: UnixStream) -> Result<Self, QmpError> {
        let (reader, writer) = stream.into_split();
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        loop {
            if !read_line(&mut reader, &mut line).await? {
                return Err(QmpError::Closed);
            }
            match parse(&line) {
                Ok(Message::Greeting) => break,
                Ok(_) => {}
                Err(error) => return Err(QmpError::Protocol(error.to_string())),
            }
        }
        let shared = Arc::new(Shared::default());
        let (closing, closed) = watch::channel(false);
        let task = read_messages(reader, Arc::clone(&shared), closing);
        let client = Self {
            writer: tokio::sync::Mutex::new(writer),
            shared,
            closed,
            reader: tokio::spawn(task),
        };
        client.execute("qmp_capabilities", None).await?;
        Ok(client)
    }

    /// Carries out a command and gives back what it returns.
    pub(crate) async fn execute(
        &self,
        command: &str,
        arguments: Option<Value>,
    ) -> Result<Value, QmpError> {
        let (id, answer) = {
            let mut state = self.shared.state();
            if state.closed {
                return Err(QmpError::Closed);
            }
            // Answers that nobody waits for any more need no room.
            state.waiting.retain(|_, sender| !sender.is_closed());
            state.last_id += 1;
            let id = state.last_id;
            let (sender, receiver) = oneshot::channel();
            state.waiting.insert(id, sender);
            (id, receiver)
        };
        let exchange = async {
            let line = command_line(id, command, arguments);
            self.writer.lock().await.write_all(&line).await?;
            match answer.await {
                Ok(outcome) => outcome.map_err(QmpError::Refused),
                Err(_) => Err(QmpError::Closed),
            }
        };
        tokio::time::timeout(ANSWER_DEADLINE, exchange)
            .await
            .unwrap_or(Err(QmpError::TimedOut))
    }

    /// Ends when QEMU has closed the connection: all that it said has been read then.
    pub(crate) async fn closed(&self) {
        let mut closed = self.closed.clone();
        // An error means that the reader is gone, which is as closed as can be.
        let _ = closed.wait_for(|&closed| closed).await;
    }

    /// Why the machine shut down, once it has said so.
    pub(crate) fn shutdown_cause(&self) -> Option<ShutdownCause> {
        self.shared.state().shutdown
    }
}

async fn read_messages(
    mut reader: BufReader<OwnedReadHalf>,
    shared: Arc<Shared>,
    closing: watch::Sender<bool>,
) {
    let mut line = Vec::new();
    while let Ok(true) = read_line(&mut reader, &mut line).await {
        match parse(&line) {
            Ok(Message::Answer {
                id: Some(id),
                outcome,
            }) => {
                let waiting = shared.state().waiting.remove(&id);
                if let Some(sender) = waiting {
                    // Nobody waits for it any more: nothing lost.
                    let _ = sender.send(outcome);
                }
            }
            Ok(Message::Shutdown(cause)) => shared.state().shutdown = Some(cause),
            Ok(Message::Greeting | Message::OtherEvent | Message::Answer { id: None, .. }) => {}
            Err(error) => tracing::warn!(%error, "the VMM sent a line that is not QMP"),
        }
    }
    let mut state = shared.state();
    state.closed = true;
    state.waiting.clear();
    drop(state);
    closing.send_replace(true);
}

/// Reads the next line; false at the end. Too long a line is an error.
async fn read_line<R>(reader: &mut BufReader<R>, line: &mut Vec<u8>) -> io::Result<bool>
where
    R: AsyncRead + Unpin,
{
    line.clear();
    reader.take(LONGEST_LINE).read_until(b'\n', line).await?;
    match line.last() {
        None => Ok(false),
        Some(b'\n') => Ok(true),
        Some(_) => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREETING: &[u8] = b"{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n";

    /// A QEMU that greets and then answers line by line as told.
    async fn against(
        answer: impl Fn(&Value) -> Option<String> + Send + 'static,
    ) -> Result<QmpClient, QmpError> {
        let (near, mut far) = UnixStream::pair().unwrap();
        tokio::spawn(async move {
            far.write_all(GREETING).await.unwrap();
            let mut far = BufReader::new(far);
            let mut line = String::new();
            while far.read_line(&mut line).await.is_ok_and(|count| count > 0) {
                let command: Value = serde_json::from_str(&line).unwrap();
                line.clear();
                let Some(reply) = answer(&command) else {
                    return;
                };
                far.write_all(reply.as_bytes()).await.unwrap();
            }
        });
        QmpClient::greet(near).await
    }

    fn accept(command: &Value) -> String {
        format!("{{\"return\": {{}}, \"id\": {}}}\r\n", command["id"])
    }

    #[tokio::test]
    async fn commands_get_their_own_answers() {
        let client = against(|command| {
            Some(match command["execute"].as_str() {
                Some("bad") => format!(
                    "{{\"error\": {{\"class\": \"X\", \"desc\": \"no\"}}, \"id\": {}}}\r\n",
                    command["id"]
                ),
                _ => accept(command),
            })
        })
        .await
        .unwrap();
        let (good, bad) = tokio::join!(client.execute("a", None), client.execute("bad", None));
        assert!(good.is_ok());
        assert!(matches!(bad, Err(QmpError::Refused(message)) if message == "no"));
    }

    #[tokio::test]
    async fn the_reason_is_kept_when_the_vmm_leaves() {
        let client = against(|command| match command["execute"].as_str() {
            Some("qmp_capabilities") => Some(format!(
                "{}{}",
                accept(command),
                "{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"guest-reset\"}}\r\n"
            )),
            _ => None,
        })
        .await
        .unwrap();
        let outcome = client.execute("query-status", None).await;
        assert!(matches!(outcome, Err(QmpError::Closed)), "{outcome:?}");
        client.closed().await;
        assert_eq!(client.shutdown_cause(), Some(ShutdownCause::GuestReset));
        assert!(matches!(
            client.execute("again", None).await,
            Err(QmpError::Closed)
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_not_waited_for_for_ever() {
        let client = against(|command| {
            let first = command["execute"] == "qmp_capabilities";
            Some(if first {
                accept(command)
            } else {
                "\n{}\n".to_owned()
            })
        })
        .await
        .unwrap();
        let outcome = client.execute("slow", None).await;
        assert!(matches!(outcome, Err(QmpError::TimedOut)), "{outcome:?}");
    }

    #[tokio::test]
    async fn another_protocol_is_refused() {
        let (near, mut far) = UnixStream::pair().unwrap();
        far.write_all(b"SSH-2.0-OpenSSH\n").await.unwrap();
        let outcome = QmpClient::greet(near).await;
        assert!(matches!(outcome, Err(QmpError::Protocol(_))));
    }
}
