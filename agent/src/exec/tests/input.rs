//! Standard input, its end and its window.

use super::*;

#[tokio::test]
async fn input_reaches_its_end() {
    let mut host = Host::start(ExecRequest {
        stdin: true,
        ..shell("cat; echo end")
    });
    host.pid().await;
    host.type_in(b"binary \0 input").await;
    host.type_in(b"").await;
    assert_eq!(host.end().await, code(0));
    assert_eq!(host.stdout, b"binary \0 inputend\n");
}

#[tokio::test]
async fn without_input_there_is_an_empty_one() {
    let (status, host) = run(shell("cat; echo end")).await;
    assert_eq!((status, host.text().as_str()), (code(0), "end\n"));
}

#[tokio::test]
async fn an_open_input_does_not_hold_a_finished_command() {
    let mut host = Host::start(ExecRequest {
        stdin: true,
        ..shell("echo done")
    });
    host.pid().await;
    host.type_in(b"nobody reads this").await;
    assert_eq!(host.end().await, code(0));
}

#[tokio::test]
async fn input_that_is_closed_does_not_hold_the_host_up() {
    let mut host = Host::start(ExecRequest {
        stdin: true,
        ..shell("exec <&-; read x; sleep 1")
    });
    host.pid().await;
    static PIECE: [u8; CHUNK] = [b'x'; CHUNK];
    for _ in 0..STDIN_WINDOW as usize / CHUNK {
        host.type_in(&PIECE).await;
    }
    assert_eq!(host.end().await, code(0));
    assert_eq!(host.taken, STDIN_WINDOW);
}

#[tokio::test]
async fn much_input_passes_through_the_window() {
    let mut host = Host::start(ExecRequest {
        stdin: true,
        ..shell("wc -c")
    });
    host.pid().await;
    static PIECE: [u8; CHUNK] = [b'x'; CHUNK];
    const TOTAL: u64 = 64 * CHUNK as u64;
    let mut sent = 0;
    while sent < TOTAL {
        while sent - host.taken + CHUNK as u64 > STDIN_WINDOW {
            let frame = host.connection.next().await.unwrap().unwrap();
            if let ExecEvent::StdinTaken { bytes } = frame.message().unwrap() {
                host.taken += bytes;
            }
        }
        host.type_in(&PIECE).await;
        sent += CHUNK as u64;
    }
    host.type_in(b"").await;
    host.end().await;
    assert_eq!(host.text().trim(), TOTAL.to_string());
}

#[tokio::test]
async fn more_input_than_the_window_ends_the_conversation() {
    let mut host = Host::start(ExecRequest {
        stdin: true,
        ..shell("exec sleep 100")
    });
    let pid = host.pid().await;
    static PIECE: [u8; CHUNK] = [b'x'; CHUNK];
    // What fits into the pipe was taken; the rest exceeds the window.
    for _ in 0..3 * STDIN_WINDOW as usize / CHUNK {
        if host
            .connection
            .send(Frame::new(FrameKind::Stdin, &PIECE[..]))
            .await
            .is_err()
        {
            break;
        }
    }
    timeout(PATIENCE, &mut host.agent).await.unwrap().unwrap();
    assert!(!is_alive(pid));
}
