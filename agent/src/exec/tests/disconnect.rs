//! Clients that go away, or do not read.

use super::*;

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
