//! Output, exit codes, and commands that do not start.

use super::*;

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
        (stranger, AgentErrorCode::NoUser, "no-such-user"),
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
