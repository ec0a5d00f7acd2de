//! From the host to a command: its input, signals, the size of its terminal.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    sync::atomic::{AtomicU64, Ordering},
};

use banger_agent_protocol::{
    FrameError, FrameKind,
    exec::{ExecEvent, ExecInput, STDIN_WINDOW, TerminalSize},
};
use bytes::Bytes;
use futures_util::StreamExt;
use nix::sys::termios::{SpecialCharacterIndices, tcgetattr};
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, unix::AsyncFd},
    sync::mpsc,
};
use tokio_util::sync::CancellationToken;

use super::{FrameReader, output::watched, running::Running};
use crate::{server::frames::FrameWriter, sys::terminal};

/// How much input is taken before the host is told. Less than the window by far, so that the
/// host never waits for word of bytes that are gone already.
const ACKNOWLEDGE: u64 = STDIN_WINDOW / 4;

/// Where a command's input goes.
pub enum Input {
    /// Nowhere; it reads /dev/null.
    None,
    /// A pipe; closed at the end of input.
    Pipe(AsyncFd<OwnedFd>),
    /// A terminal's master; its end-of-file character is typed at the end of input.
    Terminal(AsyncFd<OwnedFd>),
}

/// What is queued for the command.
struct Queue {
    pieces: mpsc::UnboundedSender<Bytes>,
    /// Bytes that the host was not told to be gone.
    outstanding: AtomicU64,
}

impl Input {
    /// A pipe, where the command has one.
    ///
    /// # Errors
    /// When it cannot be watched.
    pub fn pipe(fd: Option<OwnedFd>) -> io::Result<Self> {
        fd.map_or(Ok(Self::None), |fd| {
            watched(fd, Interest::WRITABLE).map(Self::Pipe)
        })
    }

    /// A terminal.
    ///
    /// # Errors
    /// When it cannot be watched.
    pub fn terminal(fd: OwnedFd) -> io::Result<Self> {
        watched(fd, Interest::WRITABLE).map(Self::Terminal)
    }

    /// Passes on what the host says, until the connection breaks: the command's end does not
    /// end it. Returns why it broke.
    pub async fn feed<R, W>(
        self,
        reader: &mut FrameReader<R>,
        writer: &FrameWriter<W>,
        running: &Running,
        ended: &CancellationToken,
    ) -> FrameError
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let (pieces, queue) = mpsc::unbounded_channel();
        let master = match &self {
            Self::Terminal(fd) => fd.get_ref().try_clone().ok(),
            Self::None | Self::Pipe(_) => None,
        };
        let sender = Queue {
            pieces,
            outstanding: AtomicU64::new(0),
        };
        tokio::select! {
            broken = listen(reader, &sender, master.as_ref(), running, ended) => broken,
            broken = self.write(queue, &sender.outstanding, writer) => broken,
        }
    }

    /// Writes what is queued, and tells the host what is gone. Returns only when the
    /// connection breaks.
    async fn write<W: AsyncWrite + Unpin>(
        mut self,
        mut queue: mpsc::UnboundedReceiver<Bytes>,
        outstanding: &AtomicU64,
        writer: &FrameWriter<W>,
    ) -> FrameError {
        let mut taken = 0;
        while let Some(piece) = queue.recv().await {
            if piece.is_empty() {
                self = self.at_end().await;
                continue;
            }
            if self.write_piece(&piece).await.is_err() {
                // The command closed its input; what still comes is thrown away.
                self = Self::None;
            }
            taken += piece.len() as u64;
            if taken >= ACKNOWLEDGE {
                outstanding.fetch_sub(taken, Ordering::Relaxed);
                if let Err(error) = writer
                    .control(&ExecEvent::StdinTaken { bytes: taken })
                    .await
                {
                    return error;
                }
                taken = 0;
            }
        }
        std::future::pending().await
    }

    async fn write_piece(&self, mut piece: &[u8]) -> io::Result<()> {
        let (Self::Pipe(fd) | Self::Terminal(fd)) = self else {
            return Ok(());
        };
        while !piece.is_empty() {
            let mut ready = fd.writable().await?;
            if let Ok(written) =
                ready.try_io(|fd| nix::unistd::write(fd, piece).map_err(io::Error::from))
            {
                piece = piece.get(written?..).unwrap_or_default();
            }
        }
        Ok(())
    }

    async fn at_end(self) -> Self {
        if let Self::Terminal(fd) = &self {
            let end = end_of_file_character(fd.get_ref());
            // A terminal that is gone needs no end.
            let _ = self.write_piece(&[end]).await;
            return self;
        }
        Self::None
    }
}

/// Ctrl-D, unless a program chose another.
fn end_of_file_character(terminal: impl AsFd) -> u8 {
    tcgetattr(terminal)
        .ok()
        .and_then(|of| {
            of.control_chars
                .get(SpecialCharacterIndices::VEOF as usize)
                .copied()
        })
        .unwrap_or(4)
}

/// Takes the host's frames. Returns why there are no more.
async fn listen<R: AsyncRead + Unpin>(
    reader: &mut FrameReader<R>,
    queue: &Queue,
    master: Option<&OwnedFd>,
    running: &Running,
    ended: &CancellationToken,
) -> FrameError {
    loop {
        let frame = match reader.next().await {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return error,
            None => return FrameError::Io(io::ErrorKind::UnexpectedEof.into()),
        };
        match frame.kind {
            FrameKind::Stdin => {
                let length = frame.payload.len() as u64;
                let before = queue.outstanding.fetch_add(length, Ordering::Relaxed);
                if before + length > STDIN_WINDOW {
                    let text = "the host sent more input than its window allows";
                    return FrameError::Io(io::Error::new(io::ErrorKind::InvalidData, text));
                }
                // The receiver lives as long as this.
                let _ = queue.pieces.send(frame.payload);
            }
            FrameKind::Control => match frame.message() {
                // After its end the number may belong to somebody else.
                Ok(ExecInput::Signal { number }) if !ended.is_cancelled() => running.signal(number),
                Ok(ExecInput::Signal { .. }) => {}
                Ok(ExecInput::Resize { size }) => resize(master, size),
                Err(error) => return error,
            },
            kind @ (FrameKind::Stdout | FrameKind::Stderr | FrameKind::Data) => {
                let text = format!("the host sent a {kind:?} frame to a command");
                return FrameError::Io(io::Error::new(io::ErrorKind::InvalidData, text));
            }
        }
    }
}

fn resize(master: Option<&OwnedFd>, size: TerminalSize) {
    if let Some(master) = master {
        // A terminal that is gone has no size.
        let _ = terminal::resize(master, size);
    }
}
