//! From the guest to standard output and error.

use std::{io, os::fd::AsFd, thread};

use bytes::Bytes;
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
};
use tokio::sync::{mpsc, oneshot};

use crate::error::CliError;

/// How many pieces may wait.
const QUEUE: usize = 4;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Writes in the order in which pieces come, on a thread of its own: while a reader takes
/// its time, signals are still heard.
pub struct Output {
    sender: Option<mpsc::Sender<(Target, Bytes)>>,
    ended: oneshot::Receiver<io::Result<()>>,
}

impl Output {
    /// Begins.
    pub fn start() -> Self {
        let (sender, mut receiver) = mpsc::channel::<(Target, Bytes)>(QUEUE);
        let (tell, ended) = oneshot::channel();
        thread::spawn(move || {
            let mut written = Ok(());
            while let Some((target, bytes)) = receiver.blocking_recv() {
                written = write(target, &bytes);
                if written.is_err() {
                    break;
                }
            }
            let _ = tell.send(written);
        });
        let sender = Some(sender);
        Self { sender, ended }
    }

    /// Waits until a piece can be taken.
    ///
    /// # Errors
    /// When nothing can be written any more.
    pub async fn room(&mut self) -> Result<mpsc::Permit<'_, (Target, Bytes)>, CliError> {
        match &self.sender {
            Some(sender) => match sender.reserve().await {
                Ok(permit) => Ok(permit),
                Err(_) => Err(why(&mut self.ended).await),
            },
            None => Err(CliError::Output(io::ErrorKind::BrokenPipe.into())),
        }
    }

    /// Waits until all is written.
    ///
    /// # Errors
    /// When it cannot be.
    pub async fn finish(&mut self) -> Result<(), CliError> {
        self.sender = None;
        match (&mut self.ended).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(CliError::Output(error)),
            Err(_) => Err(CliError::Output(io::ErrorKind::BrokenPipe.into())),
        }
    }
}

async fn why(ended: &mut oneshot::Receiver<io::Result<()>>) -> CliError {
    let error = match ended.await {
        Ok(Err(error)) => error,
        Ok(Ok(())) | Err(_) => io::ErrorKind::BrokenPipe.into(),
    };
    CliError::Output(error)
}

fn write(target: Target, mut bytes: &[u8]) -> io::Result<()> {
    let (stdout, stderr) = (io::stdout(), io::stderr());
    let to = match target {
        Target::Stdout => stdout.as_fd(),
        Target::Stderr => stderr.as_fd(),
    };
    while !bytes.is_empty() {
        match nix::unistd::write(to, bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(Errno::EINTR) => {}
            // Whoever gave us this output does not wait for it himself.
            Err(Errno::EAGAIN) => {
                let mut waits = [PollFd::new(to, PollFlags::POLLOUT)];
                poll(&mut waits, PollTimeout::NONE)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
