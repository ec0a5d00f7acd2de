//! The client and its socket.

use std::{
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use progenitor_client::ClientInfo;
use tokio::net::UnixStream;

use crate::{ClientError, generated};

/// The host in URLs: a Unix socket has none, HTTP wants one.
const BASE_URL: &str = "http://localhost";

/// A client of the daemon. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    api: generated::Client,
    socket: PathBuf,
}

impl Client {
    /// A client of the daemon that answers on a socket; checks that one does, and that it
    /// belongs to this user or to root.
    ///
    /// # Errors
    /// [`ClientError::NotRunning`], [`ClientError::PermissionDenied`] or
    /// [`ClientError::NotOurs`].
    pub async fn connect(socket: impl Into<PathBuf>) -> Result<Self, ClientError> {
        let client = Self::new(socket)?;
        client.check().await?;
        Ok(client)
    }

    /// A client that has not looked whether a daemon answers.
    ///
    /// # Errors
    /// When no HTTP client can be set up, which is a fault of this library.
    pub fn new(socket: impl Into<PathBuf>) -> Result<Self, ClientError> {
        let socket = socket.into();
        // The socket needs no TLS. But where daemon and command line are built together, the
        // library has it, and makes no client without a provider; no authority is read.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .unix_socket(socket.as_path())
            .tls_certs_only([])
            // The environment's proxies are not for this socket.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(ClientError::disconnected)?;
        Ok(Self {
            api: generated::Client::new_with_client(BASE_URL, http),
            socket,
        })
    }

    /// Every request of the API, generated from its document.
    pub fn api(&self) -> &generated::Client {
        &self.api
    }

    /// The socket's path.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        self.api.client()
    }

    pub(crate) fn base_url(&self) -> &str {
        self.api.baseurl()
    }

    async fn check(&self) -> Result<(), ClientError> {
        let socket = || self.socket.clone();
        let stream =
            UnixStream::connect(&self.socket)
                .await
                .map_err(|source| match source.kind() {
                    io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                        ClientError::NotRunning { socket: socket() }
                    }
                    io::ErrorKind::PermissionDenied => {
                        ClientError::PermissionDenied { socket: socket() }
                    }
                    _ => ClientError::Socket {
                        socket: socket(),
                        source,
                    },
                })?;
        // Who listens, not who owns the file: a stranger could have put a socket there.
        let failed = |source| ClientError::Socket {
            socket: socket(),
            source,
        };
        let peer = stream.peer_cred().map_err(failed)?.uid();
        let own = std::fs::metadata("/proc/self").map_err(failed)?.uid();
        if peer == own || peer == 0 {
            Ok(())
        } else {
            Err(ClientError::NotOurs {
                socket: socket(),
                uid: peer,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    fn connect(socket: &Path) -> Result<Client, ClientError> {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(Client::connect(socket))
    }

    #[test]
    fn who_listens_is_told_from_nobody() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("banger.sock");
        assert!(matches!(
            connect(&socket),
            Err(ClientError::NotRunning { socket: named }) if named == socket
        ));
        let listener = UnixListener::bind(&socket).unwrap();
        assert_eq!(connect(&socket).unwrap().socket(), socket);
        drop(listener);
        assert!(matches!(
            connect(&socket),
            Err(ClientError::NotRunning { .. })
        ));
    }

    #[test]
    fn a_file_is_no_daemon() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(
            connect(file.path()),
            Err(ClientError::NotRunning { .. })
        ));
    }
}
