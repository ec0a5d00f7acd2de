//! Starts the machine's processes: in sessions of their own, as another user, with nothing
//! but the descriptors that they need.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use nix::unistd::{Gid, Uid};
use tokio::process::Command;
use tokio::sync::watch;

use super::files::{descriptor_path, open_for_machine, open_log, permits};
use crate::process::ProcessHandle;
use crate::sys::child::{ChildPlan, Identity, confine};
use crate::{ProcessRecord, VmmError};

/// A program to start.
pub(super) struct Launch<'a> {
    /// The program.
    pub(super) program: &'a Path,
    /// Its arguments, without its name.
    pub(super) arguments: Vec<OsString>,
    /// Its working directory. It is entered before the user is changed.
    pub(super) directory: &'a Path,
    /// Where its output is appended.
    pub(super) log: &'a Path,
    /// Descriptors that it keeps, under their own numbers. Ours are closed once it runs.
    pub(super) inherited: Vec<OwnedFd>,
    /// The user and group to run as; our own where absent.
    pub(super) run_as: Option<u32>,
    /// Supplementary groups, where `run_as` is given.
    pub(super) groups: Vec<Gid>,
}

/// A process that we started. It is killed on drop, until [`Launched::release`].
#[derive(Debug)]
pub(super) struct Launched {
    handle: Arc<ProcessHandle>,
    released: bool,
    /// How it ended, once it has.
    pub(super) status: watch::Receiver<Option<ExitStatus>>,
}

impl Drop for Launched {
    fn drop(&mut self) {
        if !self.released {
            self.kill();
        }
    }
}

impl Launched {
    /// Which process it is.
    pub(super) fn record(&self) -> ProcessRecord {
        self.handle.record()
    }

    /// Sends SIGKILL, where it still runs.
    pub(super) fn kill(&self) {
        if let Err(error) = self.handle.signal(nix::libc::SIGKILL)
            && error.raw_os_error() != Some(nix::libc::ESRCH)
        {
            tracing::warn!(pid = self.record().pid, %error, "a process could not be killed");
        }
    }

    /// Leaves the process alone from now on.
    pub(super) fn release(mut self) -> Arc<ProcessHandle> {
        self.released = true;
        Arc::clone(&self.handle)
    }

    /// Ends when the process has and was reaped.
    pub(super) async fn exited(&self) -> Option<ExitStatus> {
        let mut status = self.status.clone();
        // An error means that the reaper is gone, and how it ended is unknown.
        let ended = status.wait_for(Option::is_some).await.ok()?;
        *ended
    }
}

/// Starts a program. A task of its own reaps it, whatever becomes of what is returned.
pub(super) fn launch(launch: Launch<'_>) -> Result<Launched, VmmError> {
    let program = launch.program.display().to_string();
    let log = open_log(launch.log)?;
    let error_log = log.try_clone().map_err(|source| VmmError::File {
        path: launch.log.to_owned(),
        source,
    })?;
    let opened = open_unreachable(launch.program, launch.run_as)?;
    let mut command = match &opened {
        Some(file) => Command::new(descriptor_path(file.as_raw_fd())),
        None => Command::new(launch.program),
    };
    command
        .arg0(launch.program)
        .args(launch.arguments)
        .env_clear()
        .current_dir(launch.directory)
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(error_log);
    confine(
        &mut command,
        ChildPlan {
            inherited: launch.inherited.iter().map(AsRawFd::as_raw_fd).collect(),
            identity: launch.run_as.map(|id| Identity {
                uid: Uid::from_raw(id),
                gid: Gid::from_raw(id),
                groups: launch.groups,
            }),
        },
    );
    let not_started = |message: String| VmmError::NotStarted {
        program: program.clone(),
        message,
    };
    let mut child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => VmmError::Missing {
            program: launch.program.display().to_string(),
            hint: "see `banger doctor`".to_owned(),
        },
        _ => not_started(error.to_string()),
    })?;
    // It is our child and not reaped before `wait` below: its pid is its own until then.
    let handle = child
        .id()
        .and_then(|pid| i32::try_from(pid).ok())
        .map(open_child)
        .transpose();
    let (sender, status) = watch::channel(None);
    tokio::spawn(async move {
        if let Ok(ended) = child.wait().await {
            sender.send_replace(Some(ended));
        }
    });
    match handle {
        Ok(Some(handle)) => Ok(Launched {
            handle: Arc::new(handle),
            released: false,
            status,
        }),
        Ok(None) => Err(not_started("it ended at once".to_owned())),
        Err(source) => Err(VmmError::System {
            action: "cannot hold on to a process just started",
            source,
        }),
    }
}

/// A handle on our own child, even when it has ended already.
fn open_child(pid: i32) -> io::Result<ProcessHandle> {
    let record = ProcessRecord::of_pid(pid)?.ok_or(io::ErrorKind::NotFound)?;
    ProcessHandle::open_child(record)
}

/// Opens a program that the user `run_as` cannot reach by its path, such as one beneath
/// root's home: it may be run by its descriptor then, if its own mode allows. Nothing for one
/// that can be reached, which is better run by its name.
fn open_unreachable(program: &Path, run_as: Option<u32>) -> Result<Option<File>, VmmError> {
    let Some(id) = run_as else {
        return Ok(None);
    };
    let real = program.canonicalize().map_err(|source| VmmError::File {
        path: program.to_owned(),
        source,
    })?;
    let reachable = [program, real.as_path()].iter().all(|path| {
        let directories = path.ancestors().skip(1);
        directories
            .filter_map(|directory| std::fs::metadata(directory).ok())
            .all(|metadata| permits(&metadata, id, 0o1))
    });
    if reachable {
        return Ok(None);
    }
    open_for_machine(&real, true).map(Some)
}

/// The numbers of descriptors, in order.
pub(super) fn numbers(files: &[OwnedFd]) -> Vec<RawFd> {
    files.iter().map(AsRawFd::as_raw_fd).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_a_program_in_a_closed_directory_is_opened() {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("p");
        std::fs::write(&program, "x").unwrap();
        let set = |mode| {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(directory.path(), mode).unwrap();
        };
        set(0o700);
        let stranger = Some(4_000_000);
        assert!(open_unreachable(&program, stranger).unwrap().is_some());
        assert!(open_unreachable(&program, None).unwrap().is_none());
        assert!(
            open_unreachable(Path::new("/bin/sh"), stranger)
                .unwrap()
                .is_none()
        );
    }

    #[tokio::test]
    async fn a_child_has_a_session_of_its_own_and_no_descriptor_of_ours() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        let (kept, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
        let kept = OwnedFd::from(kept);
        let number = kept.as_raw_fd();
        let launched = launch(Launch {
            program: Path::new("/bin/sh"),
            arguments: ["-c", "echo $(ls /proc/self/fd); cat /proc/self/stat; env; umask; grep NoNew /proc/self/status; ulimit -c"]
                .map(OsString::from)
                .to_vec(),
            directory: Path::new("/"),
            log: &log,
            inherited: vec![kept],
            run_as: None,
            groups: Vec::new(),
        })
        .unwrap();
        assert!(launched.exited().await.unwrap().success());
        let text = std::fs::read_to_string(&log).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        // 3 is the directory that `ls` itself reads, unless the one kept has that number.
        let open: Vec<i32> = lines[0]
            .split(' ')
            .map(|word| word.parse().unwrap())
            .collect();
        assert!(open.contains(&number), "{text}");
        assert!(open.len() <= 5, "{text}");
        let session: i32 = lines[1].split(' ').nth(5).unwrap().parse().unwrap();
        assert_eq!(session, launched.record().pid);
        assert!(text.contains("\n0077\n"), "{text}");
        assert!(text.contains("NoNewPrivs:\t1"), "{text}");
        assert!(text.ends_with("\n0\n"), "{text}");
        assert!(!text.contains("HOME="), "{text}");
    }
}
