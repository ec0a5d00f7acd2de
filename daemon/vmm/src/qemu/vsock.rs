//! The vsock device: a process beside QEMU that turns the guest's vsock into Unix sockets.
//!
//! Firecracker has the same sockets built in, so one host side serves both VMMs. The kernel's
//! own /dev/vhost-vsock is left alone even where it exists: every user of the host may dial
//! every guest through it, while a socket has an owner and a mode.
//!
//! QEMU is handed a socket that is connected already. So it need not be able to enter the
//! machine's directory, and cannot come too early. The device itself runs in that directory
//! and names its sockets relative to it, for the same reason.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use tokio::io::unix::AsyncFd;
use tokio::net::{UnixListener, UnixStream};

use super::spawn::{Launch, Launched, launch};
use crate::{GuestListener, MachineSpec, VmmError, sys};

/// The host's port at which a guest says hello.
pub const HELLO_PORT: u32 = 1024;

/// The guest's address. Each device serves one guest, so all may have the first one that is
/// free for guests (vsock(7)).
const GUEST_CID: u32 = 3;

/// The socket that the host dials, and the beginning of the names of those the guest dials.
const HOST_SOCKET: &str = "vsock.sock";
/// The socket at which the device waits for QEMU.
const DEVICE_SOCKET: &str = "vhost.sock";

/// How long the device may take to listen. It takes some 3 ms.
const START_DEADLINE: Duration = Duration::from_secs(10);

/// The socket that the host dials.
pub(super) fn host_socket(runtime_dir: &Path) -> PathBuf {
    runtime_dir.join(HOST_SOCKET)
}

/// The socket at which the guest's connections to a port of the host arrive.
pub(super) fn port_socket(runtime_dir: &Path, port: u32) -> PathBuf {
    runtime_dir.join(format!("{HOST_SOCKET}_{port}"))
}

/// Listens at a port of the host. A listener that was there before is replaced: the guest
/// finds the new one by its name.
pub(super) fn listen(runtime_dir: &Path, port: u32) -> Result<GuestListener, VmmError> {
    let path = port_socket(runtime_dir, port);
    let failed = |source| VmmError::File {
        path: path.clone(),
        source,
    };
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let listener = UnixListener::bind(&path).map_err(failed)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    // The device runs as the directory's owner, and it is who connects here.
    let owner = std::fs::metadata(runtime_dir).map_err(failed)?;
    if owner.uid() != nix::unistd::geteuid().as_raw() {
        std::os::unix::fs::chown(&path, Some(owner.uid()), Some(owner.gid())).map_err(failed)?;
    }
    Ok(GuestListener::Unix(listener))
}

/// Starts the device.
pub(super) fn launch_device(program: &Path, spec: &MachineSpec) -> Result<Launched, VmmError> {
    launch(Launch {
        program,
        arguments: arguments(&spec.runtime_dir),
        directory: &spec.runtime_dir,
        log: &spec.vmm_log,
        inherited: Vec::new(),
        run_as: spec.run_as,
        groups: Vec::new(),
    })
}

/// A connection to the device for QEMU, as soon as the device listens. `directory` has
/// watched since before the device was started.
pub(super) async fn connect_device(
    directory: &DirectoryWatch,
    runtime_dir: &Path,
) -> Result<OwnedFd, VmmError> {
    let socket = runtime_dir.join(DEVICE_SOCKET);
    match tokio::time::timeout(START_DEADLINE, connect(directory, &socket)).await {
        Ok(connection) => connection,
        Err(_) => Err(VmmError::File {
            path: socket,
            source: std::io::ErrorKind::TimedOut.into(),
        }),
    }
}

fn arguments(runtime_dir: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec![
        "--guest-cid".into(),
        GUEST_CID.to_string().into(),
        "--socket".into(),
        DEVICE_SOCKET.into(),
        "--uds-path".into(),
        HOST_SOCKET.into(),
        // The guest's own credit (256 KiB in Linux's virtio_transport); the default of a
        // quarter makes streams less than half as fast, more makes the device hang.
        "--tx-buffer-size".into(),
        (256 * 1024).to_string().into(),
        // Guests of one group in one process may talk to each other. This process has one
        // guest; the name is for those who look for strays.
        "--groups".into(),
    ];
    arguments.push(runtime_dir.into());
    arguments
}

/// Connects to a socket as soon as it is there and listens.
async fn connect(directory: &DirectoryWatch, socket: &Path) -> Result<OwnedFd, VmmError> {
    let failed = |source| VmmError::File {
        path: socket.to_owned(),
        source,
    };
    loop {
        match UnixStream::connect(socket).await {
            Ok(stream) => {
                let stream = stream.into_std().map_err(failed)?;
                stream.set_nonblocking(false).map_err(failed)?;
                return Ok(stream.into());
            }
            Err(error) => match error.kind() {
                std::io::ErrorKind::NotFound => directory.changed().await?,
                // Bound and not listening yet, which no event tells; it is a matter of
                // microseconds.
                std::io::ErrorKind::ConnectionRefused => {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                _ => return Err(failed(error)),
            },
        }
    }
}

/// Tells when a file appears in a directory.
pub(super) struct DirectoryWatch(AsyncFd<OwnedFd>);

impl DirectoryWatch {
    /// Watches from now on.
    pub(super) fn new(directory: &Path) -> Result<Self, VmmError> {
        let failed = |source| VmmError::File {
            path: directory.to_owned(),
            source,
        };
        let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)
            .map_err(|errno| failed(errno.into()))?;
        inotify
            .add_watch(directory, AddWatchFlags::IN_CREATE)
            .map_err(|errno| failed(errno.into()))?;
        sys::readiness::readable(inotify.into())
            .map(Self)
            .map_err(failed)
    }

    /// Ends when something has appeared since the last call.
    async fn changed(&self) -> Result<(), VmmError> {
        let watched = |source| VmmError::System {
            action: "cannot watch the machine's directory",
            source,
        };
        let mut ready = self.0.readable().await.map_err(watched)?;
        // Which file it was does not matter, only that these events are gone.
        match nix::unistd::read(self.0.get_ref(), &mut [0; 4096]) {
            Ok(_) | Err(nix::errno::Errno::EAGAIN) => {
                ready.clear_ready();
                Ok(())
            }
            Err(errno) => Err(watched(errno.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_is_found_however_late_it_comes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        let watch = DirectoryWatch::new(directory.path()).unwrap();
        let bind = async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            std::fs::write(directory.path().join("other"), "").unwrap();
            UnixListener::bind(&path).unwrap()
        };
        let (connection, _listener) = tokio::join!(connect(&watch, &path), bind);
        connection.unwrap();
    }

    #[tokio::test]
    async fn a_second_listener_takes_the_firsts_place() {
        let directory = tempfile::tempdir().unwrap();
        let _first = listen(directory.path(), 1024).unwrap();
        let second = listen(directory.path(), 1024).unwrap();
        let dial = UnixStream::connect(port_socket(directory.path(), 1024));
        let (accepted, dialled) = tokio::join!(second.accept(), dial);
        accepted.unwrap();
        dialled.unwrap();
    }

    #[test]
    fn the_arguments_name_the_directory() {
        let arguments = arguments(Path::new("/run/b/vm1"));
        assert!(arguments.contains(&OsString::from("/run/b/vm1")));
    }
}
