//! A command that runs: its end, and the end of its time.

use std::{io, os::fd::OwnedFd, time::Duration};

use banger_agent_protocol::{FrameError, exec::ExitStatus};
use nix::{
    errno::Errno,
    sys::wait::{WaitPidFlag, WaitStatus, waitpid},
    unistd::Pid,
};
use tokio::io::{Interest, unix::AsyncFd};

use super::session;
use crate::sys::{
    process::{open_pidfd, signal},
    watch::watch,
};

/// What a shell adds to the number of a signal that ended a command.
const SIGNAL_BASE: i32 = 128;

/// A child process that was not waited for yet.
pub struct Running {
    id: u32,
    descriptor: AsyncFd<OwnedFd>,
}

impl Running {
    /// Takes charge of a child.
    ///
    /// # Errors
    /// When the kernel gives no descriptor for it.
    pub fn new(id: u32) -> io::Result<Self> {
        let descriptor = open_pidfd(Pid::from_raw(id.cast_signed()))?;
        Ok(Self {
            id,
            descriptor: watch(descriptor, Interest::READABLE)?,
        })
    }

    /// Its process id, which is also the id of its session and of its process group.
    pub fn pid(&self) -> u32 {
        self.id
    }

    /// Sends a signal to its process group. An unknown number is ignored, as is a group that
    /// has ended.
    pub fn signal(&self, number: i32) {
        let _ = signal(-self.id.cast_signed(), number);
    }

    /// Waits for its end and takes it in; to be called once. When the time is over, its whole
    /// session is killed.
    ///
    /// # Errors
    /// When the kernel does not know the child, which somebody else then waited for.
    pub async fn end(&self, timeout: Option<Duration>) -> Result<ExitStatus, FrameError> {
        let Some(timeout) = timeout else {
            return self.own_end(false).await;
        };
        tokio::select! {
            biased;
            status = self.own_end(false) => status,
            () = tokio::time::sleep(timeout) => {
                session::kill_all(self.id);
                self.own_end(true).await
            }
        }
    }

    async fn own_end(&self, timed_out: bool) -> Result<ExitStatus, FrameError> {
        loop {
            let mut ended = self.descriptor.readable().await?;
            let pid = Pid::from_raw(self.id.cast_signed());
            match waitpid(pid, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(_, code)) => {
                    return Ok(ExitStatus {
                        code,
                        signal: None,
                        timed_out,
                    });
                }
                Ok(WaitStatus::Signaled(_, signal, _)) => {
                    let number = signal as i32;
                    let code = SIGNAL_BASE + number;
                    return Ok(ExitStatus {
                        code,
                        signal: Some(number),
                        timed_out,
                    });
                }
                Ok(_) | Err(Errno::EINTR) => ended.clear_ready(),
                Err(error) => return Err(FrameError::Io(error.into())),
            }
        }
    }
}
