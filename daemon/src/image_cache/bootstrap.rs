//! Runs mmdebstrap and streams its tar on.

use std::{
    io,
    path::Path,
    process::{ExitStatus, Stdio},
};

use banger_api::{ErrorCode, Problem};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use super::{
    catalog::CatalogImage,
    convert::{Converted, tar_to_ext4},
    debian,
};
use crate::{error, operation::Reporter};

/// How much of mmdebstrap's messages a failure shows, in lines.
const SHOWN_LINES: usize = 12;

/// Builds an image of the host's apt sources.
///
/// mmdebstrap runs in a mount and process namespace of its own: when it, or this daemon, is
/// killed, its children and mounts go with it, and only files in `directory` are left.
pub async fn build(
    image: &CatalogImage,
    packages: &[String],
    directory: &Path,
    capacity: u64,
    reporter: &Reporter,
) -> Result<Converted, Problem> {
    let temporary = directory.join("tmp");
    tokio::fs::create_dir(&temporary)
        .await
        .map_err(|e| error::io(&temporary, &e))?;
    reporter.stage("starting mmdebstrap");
    let as_root = nix::unistd::geteuid().is_root();
    let sources = host_sources(image.suite);
    let arguments = debian::arguments(image.suite, packages, &sources, as_root);
    let mut child = spawn(&arguments, &temporary, as_root).map_err(not_started)?;
    let outcome = convert_output(&mut child, directory, capacity, reporter).await;
    // Whatever happened, nothing of it runs on, or writes into what is removed now.
    end(&mut child, as_root).await;
    let removed = tokio::fs::remove_dir_all(&temporary).await;
    let converted = outcome?;
    removed.map_err(|e| error::io(&temporary, &e))?;
    Ok(converted)
}

async fn convert_output(
    child: &mut Child,
    directory: &Path,
    capacity: u64,
    reporter: &Reporter,
) -> Result<Converted, Problem> {
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Problem::new(ErrorCode::Internal, "mmdebstrap has no pipes"));
    };
    let tar = stdout
        .into_owned_fd()
        .map(std::fs::File::from)
        .map_err(not_started)?;
    let mut said = Vec::new();
    let listen = async {
        let mut lines = BufReader::new(stderr).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some(stage) = debian::stage(&line) {
                reporter.stage(stage);
            }
            tracing::debug!(line, "mmdebstrap");
            said.push(line);
            if said.len() > 4 * SHOWN_LINES {
                said.drain(..2 * SHOWN_LINES);
            }
        }
    };
    let converting = tar_to_ext4(tar, directory, capacity, reporter);
    let (converted, status) = tokio::select! {
        // The conversion cannot see a cancel while it waits for the first byte.
        () = reporter.cancelled().cancelled() => return Err(error::cancelled()),
        outcome = async {
            let (converted, ()) = tokio::join!(converting, listen);
            (converted, child.wait().await)
        } => outcome,
    };
    let status = status.map_err(not_started)?;
    if !status.success() {
        return Err(failed(status, &said));
    }
    converted
}

fn spawn(arguments: &[String], temporary: &Path, as_root: bool) -> io::Result<Child> {
    // PDEATHSIG ends it with the thread that starts it, which is this daemon's main thread.
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if as_root {
        command.args(["unshare", "--mount", "--pid", "--fork", "--kill-child"]);
    }
    command
        .arg("mmdebstrap")
        .args(arguments)
        .env("TMPDIR", temporary)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}

/// Ends it with all its children. In a process namespace, these have ended when its first
/// process has, for which `unshare` waits (pid_namespaces(7)); were `unshare` killed itself,
/// they would end some time after it.
async fn end(child: &mut Child, in_namespace: bool) {
    let first = child.id().filter(|_| in_namespace).and_then(only_child);
    let killed = first.is_some_and(|pid| kill(pid, Signal::SIGKILL).is_ok());
    if !killed {
        let _ = child.start_kill();
    }
    let _ = child.wait().await;
}

/// The child of a process that has one (proc(5), /proc/PID/task/TID/children).
fn only_child(parent: u32) -> Option<Pid> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let children = std::fs::read_to_string(path).ok()?;
    children.trim().parse().ok().map(Pid::from_raw)
}

fn not_started(source: io::Error) -> Problem {
    Problem::new(
        ErrorCode::ImageBuildFailed,
        format!("mmdebstrap cannot be run: {source}"),
    )
    .with_hint("install what builds images: `apt-get install mmdebstrap util-linux`")
}

fn failed(status: ExitStatus, said: &[String]) -> Problem {
    let shown = said[said.len().saturating_sub(SHOWN_LINES)..].join("\n");
    let problem = Problem::new(
        ErrorCode::ImageBuildFailed,
        format!("mmdebstrap failed ({status}):\n{shown}"),
    );
    if said
        .iter()
        .any(|line| line.contains("mmdebstrap: No such file"))
    {
        problem.with_hint("install it: `apt-get install mmdebstrap`")
    } else {
        problem.with_hint("check the host's apt sources: `apt-get update`")
    }
}

/// The host's apt sources for a suite.
fn host_sources(suite: &str) -> Vec<String> {
    let mut lists = Vec::from_iter(std::fs::read_to_string("/etc/apt/sources.list"));
    let mut deb822 = Vec::new();
    for entry in std::fs::read_dir("/etc/apt/sources.list.d")
        .into_iter()
        .flatten()
        .flatten()
    {
        let path = entry.path();
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("list") => lists.push(text),
            Some("sources") => deb822.push(text),
            _ => {}
        }
    }
    debian::sources_for(suite, &lists, &deb822)
}
