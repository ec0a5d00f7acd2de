//! The socket.

use std::{
    fs,
    io::{self, ErrorKind},
    os::unix::{
        fs::{FileTypeExt, MetadataExt, PermissionsExt},
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
};

use actix_web::{
    App, HttpServer,
    dev::{Server, ServerHandle},
    middleware::from_fn,
    web,
};

use super::{input, peer, routes};
use crate::app;

/// How long open connections may take to end when the daemon stops, in seconds.
const GRACE: u64 = 5;

/// Why the socket cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Another daemon answers on it.
    #[error("another bangerd answers on {0}; `banger daemon status` tells which")]
    InUse(PathBuf),
    /// Something else has its name.
    #[error("{0} exists and is not a socket of yours: remove it, or set `socket` to another path")]
    NotOurs(PathBuf),
    /// It cannot be made.
    #[error("cannot listen on {path}: {source}")]
    Listen {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Binds the socket: mode 0600, and only in the place of a dead daemon's socket.
///
/// # Errors
/// When the path is somebody else's.
pub fn bind(path: &Path) -> Result<UnixListener, SocketError> {
    let failed = |source| SocketError::Listen {
        path: path.to_owned(),
        source,
    };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
        Ok(found) => {
            let mine = found.uid() == nix::unistd::geteuid().as_raw();
            if !found.file_type().is_socket() || !mine {
                return Err(SocketError::NotOurs(path.to_owned()));
            }
            if UnixStream::connect(path).is_ok() {
                return Err(SocketError::InUse(path.to_owned()));
            }
            fs::remove_file(path).map_err(failed)?;
        }
    }
    // Bound under another name, so that it is never open to others before its mode is set.
    let hidden = path.with_extension(format!("{}.tmp", std::process::id()));
    let bound = || {
        let _ = fs::remove_file(&hidden);
        let listener = UnixListener::bind(&hidden)?;
        fs::set_permissions(&hidden, fs::Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        fs::rename(&hidden, path)?;
        Ok(listener)
    };
    bound().map_err(failed)
}

/// Serves the API.
///
/// # Errors
/// When the socket cannot be listened on.
pub fn serve(
    listener: UnixListener,
    app: web::Data<app::App>,
) -> io::Result<(Server, ServerHandle)> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(app.clone())
            .app_data(input::json())
            .app_data(input::query())
            .app_data(input::path())
            .wrap(from_fn(peer::check))
            .configure(routes::configure)
    })
    .on_connect(peer::note)
    // A client that goes away is heard at once, not at the next byte for it.
    .h1_allow_half_closed(false)
    .workers(1)
    .disable_signals()
    .shutdown_timeout(GRACE)
    .listen_uds(listener)?
    .run();
    let handle = server.handle();
    Ok((server, handle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_socket_is_replaced_a_live_one_and_a_file_are_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("banger.sock");
        let live = bind(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert!(matches!(bind(&path), Err(SocketError::InUse(_))));
        drop(live);
        drop(bind(&path).unwrap());
        let file = directory.path().join("file");
        fs::write(&file, "precious").unwrap();
        assert!(matches!(bind(&file), Err(SocketError::NotOurs(_))));
        assert_eq!(fs::read(&file).unwrap(), b"precious");
    }
}
