//! Byte streams between host and guest.

use std::io;
use std::path::PathBuf;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

/// The longest answer to `CONNECT` that is read: `OK `, ten digits and a line end, with room.
const LONGEST_ANSWER: usize = 32;

/// How the host dials a guest. Cheap to copy, valid as long as the machine runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuestChannel {
    /// A Unix socket that takes `CONNECT <port>\n` and answers `OK <n>\n`, as Firecracker
    /// and vhost-device-vsock do.
    /// Source: <https://github.com/firecracker-microvm/firecracker/blob/main/docs/vsock.md>.
    Unix {
        /// The socket.
        path: PathBuf,
    },
}

impl GuestChannel {
    /// Connects to a vsock port of the guest. Waits for the guest's answer without a limit of
    /// its own: a guest that is not up yet, or hangs, may never give one.
    ///
    /// # Errors
    /// `ConnectionRefused` when nobody in the guest listens on the port or its kernel has no
    /// vsock yet, `NotFound` when the machine is gone.
    pub async fn dial(&self, port: u32) -> io::Result<GuestStream> {
        match self {
            Self::Unix { path } => {
                let mut stream = UnixStream::connect(path).await?;
                stream
                    .write_all(format!("CONNECT {port}\n").as_bytes())
                    .await?;
                read_answer(&mut stream).await?;
                Ok(stream)
            }
        }
    }
}

/// Reads the answer to `CONNECT` and not a byte more: what follows is the guest's.
async fn read_answer(stream: &mut GuestStream) -> io::Result<()> {
    let mut answer = Vec::with_capacity(LONGEST_ANSWER);
    while answer.len() < LONGEST_ANSWER {
        let byte = match stream.read_u8().await {
            Ok(byte) => byte,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset
                ) =>
            {
                return Err(io::Error::new(
                    io::ErrorKind::ConnectionRefused,
                    "the guest does not answer on this port",
                ));
            }
            Err(error) => return Err(error),
        };
        if byte == b'\n' {
            return if answer.starts_with(b"OK ") {
                Ok(())
            } else {
                Err(unknown_answer(&answer))
            };
        }
        answer.push(byte);
    }
    Err(unknown_answer(&answer))
}

fn unknown_answer(answer: &[u8]) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!(
            "the vsock device answered {:?} to CONNECT",
            String::from_utf8_lossy(answer)
        ),
    )
}

/// Where a guest's connections to one port of the host arrive.
#[derive(Debug)]
pub enum GuestListener {
    /// The socket `<path>_<port>` beside the one that the host dials.
    Unix(UnixListener),
}

impl GuestListener {
    /// The guest's next connection. Nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// When the socket fails.
    pub async fn accept(&self) -> io::Result<GuestStream> {
        match self {
            Self::Unix(listener) => Ok(listener.accept().await?.0),
        }
    }
}

/// An open connection.
pub type GuestStream = UnixStream;

#[cfg(test)]
mod tests {
    use super::*;

    /// Dials a device that answers every CONNECT with `answer`; tells what was asked.
    async fn dial_answered(answer: &'static [u8]) -> (io::Result<GuestStream>, Vec<u8>) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("v");
        let listener = UnixListener::bind(&path).unwrap();
        let device = async {
            let mut stream = listener.accept().await.unwrap().0;
            let mut asked = vec![0; 11];
            stream.read_exact(&mut asked).await.unwrap();
            stream.write_all(answer).await.unwrap();
            asked
        };
        let channel = GuestChannel::Unix { path: path.clone() };
        tokio::join!(channel.dial(52), device)
    }

    #[tokio::test]
    async fn the_guests_first_bytes_stay_in_the_stream() {
        let (stream, asked) = dial_answered(b"OK 1073741824\nhello").await;
        assert_eq!(asked, b"CONNECT 52\n");
        let mut rest = String::new();
        stream.unwrap().read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "hello");
    }

    #[tokio::test]
    async fn a_closed_connection_is_refused() {
        let (stream, _) = dial_answered(b"").await;
        assert_eq!(stream.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }

    #[tokio::test]
    async fn another_answer_is_invalid() {
        for answer in [&b"NO\n"[..], &[b'x'; 64]] {
            let (stream, _) = dial_answered(answer).await;
            assert_eq!(stream.unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
    }

    #[tokio::test]
    async fn a_machine_that_is_gone_is_not_found() {
        let path = PathBuf::from("/nonexistent/vsock.sock");
        let error = GuestChannel::Unix { path }.dial(1).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
