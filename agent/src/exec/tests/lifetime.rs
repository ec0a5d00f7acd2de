//! Children, signals and time limits.

use super::*;

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
