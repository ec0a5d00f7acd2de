//! Whole conversations over a socket pair, with real processes of this machine.

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

#[tokio::test]
async fn both_outputs_and_the_exit_code_arrive() {
    let (status, host) = run(shell("printf 'out\\0\\377'; printf err >&2; exit 3")).await;
    assert_eq!(status, code(3));
    assert_eq!(
        (&host.stdout[..], &host.stderr[..]),
        (&b"out\0\xff"[..], &b"err"[..])
    );
}

#[tokio::test]
async fn a_signal_is_told_as_a_shell_does() {
    let (status, _) = run(shell("kill -KILL $$")).await;
    assert_eq!(
        status,
        ExitStatus {
            code: 137,
            signal: Some(9),
            timed_out: false
        }
    );
}

#[tokio::test]
async fn what_does_not_start_says_why() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    std::fs::write(&file, "").unwrap();
    let script = home.path().join("script");
    std::fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let name = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let command = |program: &str| ExecRequest {
        command: vec![program.to_owned()],
        ..shell("")
    };
    let missing = ExecRequest {
        working_dir: Some("/no/such".to_owned()),
        ..shell("true")
    };
    let no_directory = ExecRequest {
        working_dir: Some(name(&file)),
        ..shell("true")
    };
    let stranger = ExecRequest {
        user: Some("no-such-user".to_owned()),
        ..shell("true")
    };
    for (request, code, word) in [
        (
            command("no-such-command"),
            AgentErrorCode::NotFound,
            "no-such-command",
        ),
        (
            command("/no/such"),
            AgentErrorCode::NotFound,
            "no such file",
        ),
        (
            command(&name(&file)),
            AgentErrorCode::NotExecutable,
            "denied",
        ),
        (
            command(&name(&script)),
            AgentErrorCode::NotExecutable,
            "interpreter",
        ),
        (
            command("/"),
            AgentErrorCode::NotExecutable,
            "cannot be executed",
        ),
        (
            missing,
            AgentErrorCode::NoWorkingDir,
            "/no/such does not exist",
        ),
        (no_directory, AgentErrorCode::NoWorkingDir, "no directory"),
        (stranger, AgentErrorCode::NotFound, "no-such-user"),
        (
            ExecRequest::default(),
            AgentErrorCode::BadRequest,
            "no command",
        ),
    ] {
        match Host::start(request).event().await {
            ExecEvent::Failed { error } => {
                assert_eq!(error.code, code, "{error}");
                assert!(error.message.contains(word), "{error}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_command_starts_clean() {
    let script = "test \"$(ps -o sid= -p $$ | tr -d ' ')\" = $$ && echo session; umask; pwd
        grep SigBlk /proc/self/status; echo $0 $LANG $EXTRA; ls /proc/self/fd | wc -l";
    let mut request = shell(script);
    request.env.insert("EXTRA".to_owned(), "x y".to_owned());
    let (_, host) = run(request).await;
    let expected = format!(
        "session\n0022\n/\nSigBlk:\t{:016x}\n/bin/sh C.UTF-8 x y\n4\n",
        0
    );
    assert_eq!(host.text(), expected);
}

#[tokio::test]
async fn a_broken_pipe_ends_a_command_as_usual() {
    // The agent ignores SIGPIPE, as every Rust program does; commands must not.
    let (_, host) = run(shell("(yes; echo $? >&2) | head -n 1")).await;
    assert_eq!(String::from_utf8_lossy(&host.stderr), "141\n");
}

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

#[tokio::test]
async fn children_that_hold_a_pipe_do_not_hold_the_end() {
    let begun = Instant::now();
    let (status, host) = run(shell("sleep 30 & echo $!; echo now")).await;
    assert_eq!(status, code(0));
    assert!(begun.elapsed() < Duration::from_secs(10));
    let child: i32 = host.text().lines().next().unwrap().parse().unwrap();
    let _ = crate::sys::process::signal(child, 9);
}

#[tokio::test]
async fn what_was_written_before_the_end_is_all_there() {
    // More than a pipe holds, written at once by something that ends right after.
    let (_, host) = run(shell("head -c 3000000 /dev/zero; printf end >&2")).await;
    assert_eq!(
        (host.stdout.len(), &host.stderr[..]),
        (3_000_000, &b"end"[..])
    );
}

#[tokio::test]
async fn a_signal_reaches_the_whole_group() {
    // A child says so when it has no trap any more.
    let script = "trap 'echo got; exit 9' TERM; sh -c 'echo $$; exec sleep 60' & wait";
    let mut host = Host::start(shell(script));
    host.pid().await;
    host.output("\n").await;
    let child: u32 = host.text().trim().parse().unwrap();
    host.say(ExecInput::Signal { number: 15 }).await;
    assert_eq!(host.end().await, code(9));
    assert!(host.text().ends_with("got\n"));
    // Its child had no trap. Somebody else takes it in, which may take a moment.
    let gone = async {
        while is_alive(child) && !is_zombie(child) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, gone).await.unwrap();
}

fn is_zombie(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "))
}

#[tokio::test]
async fn the_time_limit_ends_the_whole_session() {
    // Each job of an interactive shell has a process group of its own.
    let script = "set -m; sleep 100 & echo $!; exec sleep 100";
    let mut host = Host::start(ExecRequest {
        timeout_ms: Some(600),
        ..shell(script)
    });
    host.pid().await;
    let status = host.end().await;
    assert_eq!(
        status,
        ExitStatus {
            code: 137,
            signal: Some(9),
            timed_out: true
        }
    );
    let child: u32 = host.text().trim().parse().unwrap();
    assert!(!is_alive(child) || is_zombie(child));
}

#[tokio::test]
async fn a_time_limit_that_is_not_reached_changes_nothing() {
    let (status, _) = run(ExecRequest {
        timeout_ms: Some(60_000),
        ..shell("exit 4")
    })
    .await;
    assert_eq!(status, code(4));
}

fn terminal(script: &str) -> ExecRequest {
    let terminal = Some(TerminalSize {
        rows: 33,
        columns: 77,
    });
    ExecRequest {
        terminal,
        stdin: true,
        ..shell(script)
    }
}

#[tokio::test]
async fn a_terminal_has_a_size_that_changes() {
    let script = "stty size; tty >/dev/null && echo terminal; read x; stty size; echo $TERM";
    let mut host = Host::start(terminal(script));
    host.pid().await;
    host.output("terminal\r\n").await;
    host.say(ExecInput::Resize {
        size: TerminalSize {
            rows: 5,
            columns: 6,
        },
    })
    .await;
    host.type_in(b"\n").await;
    assert_eq!(host.end().await, code(0));
    assert_eq!(
        host.text(),
        "33 77\r\nterminal\r\n\r\n5 6\r\nxterm-256color\r\n"
    );
}

#[tokio::test]
async fn a_terminals_input_ends_as_typed() {
    let mut host = Host::start(terminal("cat; echo end"));
    host.pid().await;
    host.type_in(b"line\n").await;
    host.type_in(b"").await;
    assert_eq!(host.end().await, code(0));
    assert!(
        host.text().ends_with("line\r\nend\r\n"),
        "{:?}",
        host.text()
    );
}

#[tokio::test]
async fn ctrl_c_is_typed_into_a_terminal() {
    let mut host = Host::start(terminal("echo ready; exec sleep 100"));
    host.pid().await;
    host.output("ready\r\n").await;
    host.type_in(b"\x03").await;
    assert_eq!(
        host.end().await,
        ExitStatus {
            code: 130,
            signal: Some(2),
            timed_out: false
        }
    );
}

#[tokio::test]
async fn a_terminals_last_words_are_all_there() {
    for _ in 0..20 {
        let mut host = Host::start(terminal("head -c 3000 /dev/zero | tr '\\0' x"));
        host.pid().await;
        assert_eq!(host.end().await, code(0));
        assert_eq!(host.stdout.len(), 3000);
    }
}

#[tokio::test]
async fn children_that_hold_a_terminal_do_not_hold_the_end() {
    let begun = Instant::now();
    let mut host = Host::start(terminal("trap '' HUP; sleep 30 & echo $!"));
    host.pid().await;
    assert_eq!(host.end().await, code(0));
    assert!(begun.elapsed() < Duration::from_secs(10));
    let child: i32 = host.text().trim().parse().unwrap();
    let _ = crate::sys::process::signal(child, 9);
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_command() {
    for script in ["exec sleep 100", "trap '' HUP; while :; do sleep 0.1; done"] {
        let mut host = Host::start(shell(script));
        let pid = host.pid().await;
        drop(host.connection);
        timeout(PATIENCE, host.agent).await.unwrap().unwrap();
        assert!(!is_alive(pid), "{script}");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_the_command_when_asked_to() {
    let home = tempfile::tempdir().unwrap();
    let done = home.path().join("done");
    // More output than any buffer holds: it has to be read on.
    let script = format!("head -c 3000000 /dev/zero; echo yes > {}", done.display());
    let request = ExecRequest {
        on_disconnect: OnDisconnect::Leave,
        ..shell(&script)
    };
    let mut host = Host::start(request);
    host.pid().await;
    drop(host.connection);
    timeout(PATIENCE, host.agent).await.unwrap().unwrap();
    assert_eq!(std::fs::read_to_string(done).unwrap(), "yes\n");
}

#[tokio::test]
async fn a_host_that_does_not_read_still_sends_signals() {
    let mut host = Host::start(shell("exec yes"));
    host.pid().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    host.say(ExecInput::Signal { number: 9 }).await;
    let status = host.end().await;
    assert_eq!(status.signal, Some(9));
    // What fits into a socket and a pipe, and no more: the rest was never read.
    assert!(host.stdout.len() < 4 * 1024 * 1024, "{}", host.stdout.len());
}
