//! Starts the machine's processes: in sessions of their own, as another user, with nothing
//! but the descriptors that they need.

use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use nix::unistd::{Gid, Uid};
use tokio::process::Command;
use tokio::sync::watch;

use crate::process::ProcessHandle;
use crate::sys::child::{ChildPlan, Identity, confine};
use crate::{ProcessRecord, VmmError};

/// How much of a log's end is shown.
const LOG_TAIL: u64 = 2048;

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

/// Opens a file for the VMM, with the rights that it will have.
pub(super) fn open_for_machine(path: &Path, read_only: bool) -> Result<File, VmmError> {
    OpenOptions::new()
        .read(true)
        .write(!read_only)
        .open(path)
        .map_err(|source| VmmError::File {
            path: path.to_owned(),
            source,
        })
}

/// Opens a file that QEMU opens once more by its descriptor: then the file's own mode counts,
/// though its directories' do not. Checked here, where the cause can still be told.
pub(super) fn open_for_reopening(path: &Path, run_as: Option<u32>) -> Result<File, VmmError> {
    let file = open_for_machine(path, true)?;
    let failed = |source| VmmError::File {
        path: path.to_owned(),
        source,
    };
    let metadata = file.metadata().map_err(failed)?;
    if run_as.is_some_and(|id| !permits(&metadata, id, 0o4)) {
        return Err(failed(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the VMM's own user must be able to read it: chmod a+r",
        )));
    }
    Ok(file)
}

/// The path by which a process finds its own open file again.
pub(super) fn descriptor_path(descriptor: RawFd) -> String {
    format!("/proc/self/fd/{descriptor}")
}

/// Whether a file lets the user and group `id` do what `right` says: 4 to read, 1 to enter or
/// run.
fn permits(metadata: &Metadata, id: u32, right: u32) -> bool {
    let shift = if id == 0 {
        return true;
    } else if metadata.uid() == id {
        6
    } else if metadata.gid() == id {
        3
    } else {
        0
    };
    metadata.mode() & (right << shift) != 0
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

/// Opens a log for appending, made where absent; for our own user only.
pub(super) fn open_log(path: &Path) -> Result<File, VmmError> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map_err(|source| VmmError::File {
            path: path.to_owned(),
            source,
        })
}

/// The end of what was appended to a log after its first `from` bytes, on one line.
pub(super) fn log_tail(path: &Path, from: u64) -> String {
    read_tail(path, from).unwrap_or_default()
}

fn read_tail(path: &Path, from: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(from.max(length.saturating_sub(LOG_TAIL))))?;
    let mut text = Vec::new();
    file.take(LOG_TAIL).read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    Ok(lines.join("; ").trim_end_matches("; ").to_owned())
}

/// How long a log is; 0 where it is missing.
pub(super) fn log_length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// The numbers of descriptors, in order.
pub(super) fn numbers(files: &[OwnedFd]) -> Vec<RawFd> {
    files.iter().map(AsRawFd::as_raw_fd).collect()
}

/// Removes the sockets in a machine's directory, and nothing else.
pub(super) fn remove_sockets(runtime_dir: &Path) {
    use std::os::unix::fs::FileTypeExt;
    let Ok(entries) = std::fs::read_dir(runtime_dir) else {
        return;
    };
    let sockets = entries.flatten().filter(|entry| {
        entry
            .file_type()
            .is_ok_and(|file_type| file_type.is_socket())
    });
    for path in sockets.map(|entry| entry.path()).collect::<Vec<PathBuf>>() {
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(path = %path.display(), %error, "a socket could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_tail_of_a_log_leaves_out_what_was_there_before() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        std::fs::write(&path, "old run\nqemu: bad\nqemu: worse\n").unwrap();
        assert_eq!(log_tail(&path, 8), "qemu: bad; qemu: worse");
        assert_eq!(log_tail(&directory.path().join("none"), 0), "");
    }

    #[test]
    fn a_long_log_is_cut_to_its_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        std::fs::write(&path, "x".repeat(10_000) + "end").unwrap();
        let tail = log_tail(&path, 0);
        assert_eq!(tail.len() as u64, LOG_TAIL);
        assert!(tail.ends_with("end"));
    }

    #[test]
    fn a_kernel_that_the_machines_user_may_not_read_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vmlinux");
        std::fs::write(&path, "x").unwrap();
        let set = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        set(0o600);
        assert!(open_for_reopening(&path, Some(4_000_000)).is_err());
        assert!(open_for_reopening(&path, None).is_ok());
        set(0o644);
        assert!(open_for_reopening(&path, Some(4_000_000)).is_ok());
    }

    #[test]
    fn rights_are_the_owners_the_groups_or_everybodys() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("f");
        std::fs::write(&path, "x").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o741)).unwrap();
        let metadata = std::fs::metadata(&path).unwrap();
        let stranger = metadata.uid().max(metadata.gid()) + 1;
        assert!(permits(&metadata, stranger, 0o1));
        assert!(!permits(&metadata, stranger, 0o4));
        assert!(permits(&metadata, metadata.uid(), 0o4));
        assert!(permits(&metadata, 0, 0o4));
    }

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

    #[test]
    fn only_sockets_are_removed() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("keep");
        std::fs::write(&file, "").unwrap();
        let socket = directory.path().join("s");
        drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
        remove_sockets(directory.path());
        assert!(file.exists());
        assert!(!socket.exists());
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
