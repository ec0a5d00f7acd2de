//! Commands over a WebSocket, with a daemon that is played by the test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use std::{future::Future, path::Path, time::Duration};

use banger_client::{
    Client, ClientError, ExecEvent, ExecSession,
    types::{ErrorCode, ExecRequest, ExecStatus, Problem, exec::STDIN_WINDOW},
};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    time::timeout,
};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

type Server = WebSocketStream<UnixStream>;

/// Long enough for what must happen.
const SOON: Duration = Duration::from_secs(20);
/// Long enough to believe that something does not happen.
const QUIET: Duration = Duration::from_millis(200);

/// Runs the client's part against the daemon's, which gets the connection as it is.
async fn play<C, S, D, E>(client: C, daemon: D)
where
    C: FnOnce(Client) -> S,
    S: Future<Output = ()>,
    D: FnOnce(UnixStream) -> E,
    E: Future<Output = ()>,
{
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("banger.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let daemon = async {
        let (stream, _) = listener.accept().await.unwrap();
        daemon(stream).await;
    };
    let both = async { tokio::join!(client(new(&socket)), daemon) };
    timeout(SOON, both).await.expect("it ends");
}

fn new(socket: &Path) -> Client {
    Client::new(socket).unwrap()
}

async fn attach(client: &Client) -> ExecSession {
    let request = ExecRequest {
        command: vec!["cat".to_owned()],
        stdin: true,
        ..ExecRequest::default()
    };
    client.attach("box", &request).await.unwrap()
}

/// Takes the handshake and the request.
async fn accept(stream: UnixStream) -> Server {
    let mut server = tokio_tungstenite::accept_async(stream).await.unwrap();
    let first = server.next().await.unwrap().unwrap();
    let request: ExecRequest = serde_json::from_str(first.to_text().unwrap()).unwrap();
    assert_eq!(request.command, ["cat"]);
    server
}

async fn say(server: &mut Server, status: &ExecStatus) {
    let text = serde_json::to_string(status).unwrap();
    server.send(Message::text(text)).await.unwrap();
}

const EXITED: ExecStatus = ExecStatus::Exited {
    code: 3,
    signal: None,
    timed_out: false,
};

#[tokio::test]
async fn output_comes_in_order_and_ends_with_the_exit() {
    play(
        async |client: Client| {
            let mut output = attach(&client).await.output;
            let mut next = async || output.next().await.unwrap();
            assert_eq!(next().await, Some(ExecEvent::Started { pid: 7 }));
            let out = ExecEvent::Stdout(Bytes::from_static(b"\xff\0out"));
            assert_eq!(next().await, Some(out));
            let err = ExecEvent::Stderr(Bytes::from_static(b"err"));
            assert_eq!(next().await, Some(err));
            let exited = ExecEvent::Exited {
                code: 3,
                signal: None,
                timed_out: false,
            };
            assert_eq!(next().await, Some(exited));
            assert_eq!(next().await, None);
        },
        async |stream| {
            let mut server = accept(stream).await;
            say(&mut server, &ExecStatus::Started { pid: 7 }).await;
            for message in [&b"\x01\xff\0out"[..], b"\x02err"] {
                let message = Message::binary(Bytes::from_static(message));
                server.send(message).await.unwrap();
            }
            say(&mut server, &EXITED).await;
        },
    )
    .await;
}

#[tokio::test]
async fn input_waits_for_room_and_signals_do_not() {
    const MORE: usize = 100_000;
    play(
        async |client: Client| {
            let ExecSession { input, mut output } = attach(&client).await;
            let writer = input.clone();
            let written = tokio::spawn(async move {
                let bytes = Bytes::from(vec![1; STDIN_WINDOW as usize + MORE]);
                writer.write(bytes).await?;
                writer.close().await
            });
            tokio::time::sleep(QUIET).await;
            input.signal(15).await.unwrap();
            let end = output.next().await.unwrap();
            assert!(matches!(end, Some(ExecEvent::Exited { .. })), "{end:?}");
            written.await.unwrap().unwrap();
        },
        async |stream| {
            let mut server = accept(stream).await;
            let mut taken = 0;
            while taken < STDIN_WINDOW as usize {
                taken += server.next().await.unwrap().unwrap().len() - 1;
            }
            assert_eq!(taken, STDIN_WINDOW as usize);
            let signal = server.next().await.unwrap().unwrap();
            assert!(signal.to_text().unwrap().contains("signal"), "{signal}");
            assert!(timeout(QUIET, server.next()).await.is_err(), "no room yet");
            let bytes = MORE as u64;
            say(&mut server, &ExecStatus::StdinTaken { bytes }).await;
            while taken < STDIN_WINDOW as usize + MORE {
                taken += server.next().await.unwrap().unwrap().len() - 1;
            }
            let end = server.next().await.unwrap().unwrap();
            assert_eq!(end, Message::binary(Bytes::from_static(b"\0")));
            say(&mut server, &EXITED).await;
        },
    )
    .await;
}

#[tokio::test]
async fn input_that_waits_ends_with_the_command() {
    play(
        async |client: Client| {
            let ExecSession { input, mut output } = attach(&client).await;
            let bytes = Bytes::from(vec![1; 2 * STDIN_WINDOW as usize]);
            let written = tokio::spawn(async move { input.write(bytes).await });
            assert!(output.next().await.unwrap().is_some());
            let written = written.await.unwrap();
            assert!(matches!(written, Err(ClientError::Disconnected(_))));
        },
        async |stream| {
            let mut server = accept(stream).await;
            say(&mut server, &EXITED).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_daemon_that_goes_away_is_told_from_an_exit() {
    play(
        async |client: Client| {
            let mut output = attach(&client).await.output;
            let gone = output.next().await;
            assert!(
                matches!(gone, Err(ClientError::Disconnected(_))),
                "{gone:?}"
            );
            assert!(matches!(output.next().await, Ok(None)));
        },
        async |stream| drop(accept(stream).await),
    )
    .await;
}

/// Reads the handshake and answers with that.
async fn answer(mut stream: UnixStream, head: &str, body: &str) {
    let mut request = vec![0; 4096];
    let _ = stream.read(&mut request).await.unwrap();
    let length = body.len();
    let answer = format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await.unwrap();
    // Until the client is done with it.
    let _ = stream.read(&mut request).await;
}

#[tokio::test]
async fn a_refusal_is_the_daemons_problem() {
    play(
        async |client: Client| {
            let refused = client.attach("box", &ExecRequest::default()).await;
            assert_eq!(refused.unwrap_err().code(), Some(ErrorCode::VmNotFound));
        },
        async |stream| {
            let problem = Problem::new(ErrorCode::VmNotFound, "there is no VM box");
            let body = serde_json::to_string(&problem).unwrap();
            answer(stream, "404 Not Found", &body).await;
        },
    )
    .await;
}

#[tokio::test]
async fn another_handshakes_answer_is_not_believed() {
    play(
        async |client: Client| {
            let refused = client.attach("box", &ExecRequest::default()).await;
            assert!(matches!(refused, Err(ClientError::Protocol(_))));
        },
        async |stream| {
            let head = "101 Switching Protocols\r\nconnection: upgrade\r\n\
                upgrade: websocket\r\nsec-websocket-accept: bm90IHlvdXJz";
            answer(stream, head, "").await;
        },
    )
    .await;
}
