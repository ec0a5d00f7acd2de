//! A stream that ends so that the guest notices.
//!
//! vhost-device-vsock 0.3.0 does not tell the guest of a close while bytes for the host are
//! unread: a command whose client went away would run on. So the end is a half-close, after
//! which what is still under way is read and thrown away.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use banger_vmm::channel::GuestStream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

/// How long a guest may take to end its side. What then is still open is closed as it is.
const LIMIT: Duration = Duration::from_secs(10);

/// A connection to a guest. When it is dropped it ends in the background.
pub struct Link(Option<GuestStream>);

impl Link {
    /// Takes over an open connection.
    pub fn new(stream: GuestStream) -> Self {
        Self(Some(stream))
    }

    fn stream(&mut self) -> io::Result<Pin<&mut GuestStream>> {
        self.0
            .as_mut()
            .map(Pin::new)
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // Without a runtime the program ends, and the connection with it.
        if let (Some(stream), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current())
        {
            runtime.spawn(tokio::time::timeout(LIMIT, end(stream)));
        }
    }
}

async fn end(mut stream: GuestStream) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let mut rest = vec![0; 64 * 1024];
    while stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
}

impl AsyncRead for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream()?.poll_read(context, buffer)
    }
}

impl AsyncWrite for Link {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::UnixStream;

    use super::*;

    #[tokio::test]
    async fn a_dropped_link_ends_its_side_and_takes_what_is_under_way() {
        let (host, mut guest) = UnixStream::pair().unwrap();
        drop(Link::new(host));
        // More than the socket holds: it is read, not refused.
        guest.write_all(&vec![7; 4 << 20]).await.unwrap();
        let mut byte = [0];
        assert_eq!(
            guest.read(&mut byte).await.unwrap(),
            0,
            "the guest hears the end"
        );
    }
}
