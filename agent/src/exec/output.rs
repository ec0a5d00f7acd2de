//! From a command's pipes or terminal to the host.
//!
//! Each piece is sent before the next is read. So a slow host slows the command down, and the
//! agent's memory stays flat.

use std::{io, os::fd::OwnedFd};

use banger_agent_protocol::{FrameError, FrameKind};
use nix::{
    errno::Errno,
    fcntl::{FcntlArg, OFlag, fcntl},
};
use tokio::io::{AsyncWrite, Interest, unix::AsyncFd};
use tokio_util::sync::CancellationToken;

use crate::{
    server::frames::{DataBuffer, FrameWriter},
    sys::{terminal::readable_bytes, watch::watch},
};

/// What a pipe may hold, in bytes: fewer changes between the command and the agent.
const PIPE_SIZE: i32 = 256 * 1024;

/// What is read at most from a terminal whose command has ended. Its buffers hold less
/// (tty_buffer.c: 64 KiB), and a child that writes on must not hold up the end.
const TERMINAL_REST: usize = 128 * 1024;

/// One stream that a command writes.
pub struct Output {
    kind: FrameKind,
    source: AsyncFd<OwnedFd>,
}

impl Output {
    /// Takes the reading end of a pipe, or a terminal's master.
    ///
    /// # Errors
    /// When it cannot be made non-blocking or watched.
    pub fn new(kind: FrameKind, source: OwnedFd) -> io::Result<Self> {
        // A terminal has no such size, and a user may have used up the allowance.
        let _ = fcntl(&source, FcntlArg::F_SETPIPE_SZ(PIPE_SIZE));
        Ok(Self {
            kind,
            source: watched(source, Interest::READABLE)?,
        })
    }

    /// Sends until the stream ends, or until the command has ended and what it wrote is sent.
    async fn send<W: AsyncWrite + Unpin>(
        &self,
        writer: &FrameWriter<W>,
        ended: &CancellationToken,
    ) -> Result<(), FrameError> {
        let mut buffer = DataBuffer::new();
        loop {
            let ready = tokio::select! {
                biased;
                ready = self.source.readable() => ready,
                () = ended.cancelled() => break,
            };
            // `biased`: a child that writes without pause must not hide the end.
            if ended.is_cancelled() {
                break;
            }
            match ready?.try_io(|fd| read(fd.get_ref(), buffer.room())) {
                Ok(Ok(0)) => return Ok(()),
                Ok(Ok(length)) => writer.data(buffer.frame(self.kind, length)).await?,
                Ok(Err(error)) => return Err(error.into()),
                Err(_would_block) => {}
            }
        }
        let mut left = readable_bytes(&self.source).unwrap_or(0);
        if is_terminal(&self.source) {
            left = TERMINAL_REST;
        }
        while left > 0 {
            let room = buffer.room();
            let length = room.len().min(left);
            match read(
                self.source.get_ref(),
                room.get_mut(..length).unwrap_or_default(),
            ) {
                Ok(0) => break,
                Ok(length) => {
                    left -= length;
                    writer.data(buffer.frame(self.kind, length)).await?;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Reads and forgets until the command has ended.
    async fn discard(&self, ended: &CancellationToken) {
        let mut buffer = DataBuffer::new();
        loop {
            let ready = tokio::select! {
                () = ended.cancelled() => return,
                ready = self.source.readable() => ready,
            };
            let Ok(mut ready) = ready else { return };
            if let Ok(Ok(0) | Err(_)) = ready.try_io(|fd| read(fd.get_ref(), buffer.room())) {
                return;
            }
        }
    }
}

/// Sends all outputs of a command.
///
/// # Errors
/// When the connection is broken.
pub async fn send_all<W: AsyncWrite + Unpin>(
    outputs: &[Output],
    writer: &FrameWriter<W>,
    ended: &CancellationToken,
) -> Result<(), FrameError> {
    let sending = outputs.iter().map(|output| output.send(writer, ended));
    futures_util::future::try_join_all(sending).await.map(drop)
}

/// Forgets all outputs of a command that nobody listens to.
pub async fn discard_all(outputs: &[Output], ended: &CancellationToken) {
    futures_util::future::join_all(outputs.iter().map(|output| output.discard(ended))).await;
}

/// Makes a descriptor non-blocking and watches it.
///
/// # Errors
/// When the kernel refuses.
pub fn watched(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    let flags = OFlag::from_bits_truncate(fcntl(&fd, FcntlArg::F_GETFL)?);
    fcntl(&fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    watch(fd, interest)
}

/// Reads what is there. A terminal whose other end nobody holds any more is at its end, which
/// the kernel tells by EIO.
fn read(fd: &OwnedFd, room: &mut [u8]) -> io::Result<usize> {
    match nix::unistd::read(fd, room) {
        Err(Errno::EIO) => Ok(0),
        result => result.map_err(io::Error::from),
    }
}

fn is_terminal(fd: &AsyncFd<OwnedFd>) -> bool {
    use std::io::IsTerminal;
    fd.get_ref().is_terminal()
}
