//! Finds the daemon, and starts one where none answers.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use banger_client::{Client, ClientError};
use banger_config::{Settings, find_program};
use nix::{
    fcntl::{Flock, FlockArg},
    libc,
};

use crate::{error::CliError, sys::session::in_own_session};

/// How long a daemon may take until it answers. It takes a fraction of a second, and more
/// where it has to clean up after one that was killed.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long we look for a daemon that somebody else started at the same time.
const RIVAL_TIMEOUT: Duration = Duration::from_secs(3);
/// How often.
const RIVAL_PAUSE: Duration = Duration::from_millis(50);
/// The lock of those who start a daemon, in the runtime directory.
const LOCK: &str = "starting.lock";

/// Why there is no daemon.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// There is no `bangerd` to start.
    #[error("no daemon answers on {}, and there is no bangerd to start", socket.display())]
    NoProgram {
        /// Where one should answer.
        socket: PathBuf,
    },
    /// It cannot be executed.
    #[error("{} cannot be started: {source}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It ended at once.
    #[error("the daemon did not start: {message}")]
    Failed {
        /// What it said.
        message: String,
    },
    /// It neither answers nor ends.
    #[error("the daemon has not answered for {} seconds", START_TIMEOUT.as_secs())]
    Silent,
}

impl ConnectError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoProgram { .. } | Self::Start { .. } => Some(
                "put bangerd beside banger or into PATH, or set daemon_path in config.toml"
                    .to_owned(),
            ),
            Self::Silent => Some("see what it says: banger daemon logs --tail 20".to_owned()),
            Self::Failed { .. } => None,
        }
    }
}

/// A client of the daemon, which is started where none answers. Says whether it was.
///
/// # Errors
/// When none answers and none can be started, or a stranger's does.
pub async fn connect_or_start(settings: &Settings) -> Result<(Client, bool), CliError> {
    let socket = settings.socket.value.as_path();
    if let Some(client) = connect(socket).await? {
        return Ok((client, false));
    }
    // One at a time: whoever comes second finds the first one's daemon.
    let _turn = wait_for_turn(&settings.runtime_dir.value);
    if let Some(client) = connect(socket).await? {
        return Ok((client, false));
    }
    match start(settings) {
        Ok(()) => Ok((Client::connect(socket).await?, true)),
        Err(error) => rival(socket)
            .await?
            .map_or(Err(error.into()), |client| Ok((client, false))),
    }
}

/// A client, if a daemon answers.
///
/// # Errors
/// When the socket is there and cannot be used.
pub async fn connect(socket: &Path) -> Result<Option<Client>, ClientError> {
    match Client::connect(socket).await {
        Ok(client) => Ok(Some(client)),
        Err(ClientError::NotRunning { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A daemon that somebody else has started meanwhile, by hand or by systemd: ours failed
/// because of it, and it may not answer yet.
async fn rival(socket: &Path) -> Result<Option<Client>, ClientError> {
    if !socket.exists() {
        return Ok(None);
    }
    let end = Instant::now() + RIVAL_TIMEOUT;
    while Instant::now() < end {
        if let Some(client) = connect(socket).await? {
            return Ok(Some(client));
        }
        tokio::time::sleep(RIVAL_PAUSE).await;
    }
    Ok(None)
}

/// Waits until no other command line is starting a daemon of this runtime directory. Where there can be
/// no lock, the daemon has a better error to tell.
fn wait_for_turn(runtime_dir: &Path) -> Option<Flock<File>> {
    fs::create_dir_all(runtime_dir).ok()?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        // In a shared directory such as /tmp somebody may have put a link there.
        .custom_flags(libc::O_NOFOLLOW)
        .open(runtime_dir.join(LOCK))
        .ok()?;
    Flock::lock(file, FlockArg::LockExclusive).ok()
}

/// Starts the daemon, and waits until it answers.
fn start(settings: &Settings) -> Result<(), ConnectError> {
    let program = find_program(
        settings.daemon_path.value.as_deref(),
        std::env::current_exe().ok().as_deref(),
        "bangerd",
        std::env::var_os("PATH").as_deref(),
    );
    let program = program.ok_or_else(|| ConnectError::NoProgram {
        socket: settings.socket.value.clone(),
    })?;
    let mut command = Command::new(&program);
    command
        .arg("--announce")
        // It outlives us: it must not keep our directory or terminal in use.
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    in_own_session(&mut command);
    let child = command.spawn();
    let child = child.map_err(|source| ConnectError::Start { program, source })?;
    attend(child)
}

/// Reads until it says `ready`, or ends.
fn attend(mut child: Child) -> Result<(), ConnectError> {
    let (sender, receiver) = mpsc::channel();
    let stdout = child.stdout.take();
    thread::spawn(move || {
        let mut line = String::new();
        if let Some(stdout) = stdout {
            // An error is an end without the word.
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        let _ = sender.send(line);
    });
    match receiver.recv_timeout(START_TIMEOUT) {
        Ok(line) if line.trim_end() == "ready" => Ok(()),
        Ok(_) => Err(ConnectError::Failed {
            message: last_words(&mut child),
        }),
        Err(_) => Err(ConnectError::Silent),
    }
}

fn last_words(child: &mut Child) -> String {
    let mut bytes = Vec::new();
    if let Some(stderr) = &mut child.stderr {
        let _ = stderr.read_to_end(&mut bytes);
    }
    let status = child.wait();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.trim_start_matches("bangerd: "))
        .filter(|line| !line.is_empty())
        .collect();
    match (lines.is_empty(), status) {
        (false, _) => lines.join("\n"),
        (true, Ok(status)) => format!("it said nothing and ended with {status}"),
        (true, Err(error)) => format!("it said nothing: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn daemon(script: &str) -> Result<(), ConnectError> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bangerd");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new(&path);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        attend(command.spawn().unwrap())
    }

    #[test]
    fn ready_is_the_word() {
        assert!(daemon("echo ready; exec >&- 2>&-").is_ok());
    }

    #[test]
    fn what_it_said_last_is_told() {
        let error = daemon("echo 'bangerd: no room' >&2; exit 1").unwrap_err();
        assert_eq!(error.to_string(), "the daemon did not start: no room");
        let error = daemon("exit 3").unwrap_err();
        assert!(error.to_string().contains("exit status: 3"), "{error}");
    }

    #[test]
    fn turns_exclude_each_other() {
        let directory = tempfile::tempdir().unwrap();
        let runtime_dir = directory.path().join("run");
        let turn = wait_for_turn(&runtime_dir).unwrap();
        let file = File::open(runtime_dir.join(LOCK)).unwrap();
        let Err((file, _)) = Flock::lock(file, FlockArg::LockExclusiveNonblock) else {
            panic!("two have the turn");
        };
        drop(turn);
        assert!(Flock::lock(file, FlockArg::LockExclusiveNonblock).is_ok());
    }
}
