//! Commands on a terminal.

use super::*;

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
