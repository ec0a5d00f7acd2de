//! The conversation with the host that makes the guest ready.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::fd::{AsRawFd, OwnedFd},
    thread,
    time::{Duration, Instant},
};

use banger_agent_protocol::{
    Frame, FrameCodec, FrameError, HELLO_PORT, VERSION,
    config::GuestConfig,
    hello::{Hello, HelloOutcome, HelloReply},
};
use bytes::BytesMut;
use nix::{
    sys::socket::{AddressFamily, SockFlag, SockType, VsockAddr, connect, socket},
    time::{ClockId, clock_gettime},
};
use tokio_util::codec::{Decoder, Encoder};

use super::error::BootError;
use crate::log;

/// The host's context id (vsock(7): VMADDR_CID_HOST).
const HOST_CID: u32 = 2;

/// How long the guest tries to reach the host, which listens before it starts the guest. The
/// vsock device may have missed that the guest's driver started; the host nudges it 4 s after
/// the guest's start and then every 3 s. After two nudges in vain a boot from the beginning,
/// which the host makes of a guest that powers off without a word, does it sooner.
const CONNECT_DEADLINE: Duration = Duration::from_secs(7);

/// The connection on which the host waits for the outcome.
pub struct HostConversation {
    stream: File,
}

impl HostConversation {
    /// Says hello and waits for the settings.
    pub fn open() -> Result<(Self, Box<GuestConfig>), BootError> {
        let stream = dial().map_err(BootError::at("reach the host over vsock"))?;
        let mut host = Self {
            stream: File::from(stream),
        };
        let hello = Hello {
            protocol: VERSION,
            agent_version: env!("CARGO_PKG_VERSION").to_owned(),
            kernel_release: kernel_release(),
        };
        let reply = Frame::control(&hello)
            .and_then(|frame| write_frame(&mut host.stream, frame))
            .and_then(|()| read_frame(&mut host.stream))
            .and_then(|frame| frame.message());
        match reply.map_err(io::Error::other) {
            Ok(HelloReply::Configure { config }) => Ok((host, config)),
            Ok(HelloReply::Incompatible { protocol }) => {
                let text = format!("the host speaks version {protocol}, this agent {VERSION}");
                Err(BootError::at("agree with the host")(io::Error::other(text)))
            }
            Err(error) => Err(BootError::at("get settings from the host")(error)),
        }
    }

    /// Tells the host that a command can run.
    ///
    /// # Errors
    /// When the host is gone.
    pub fn ready(&mut self, init: Option<String>) -> Result<(), FrameError> {
        self.outcome(&HelloOutcome::Ready {
            uptime_ms: uptime_ms(),
            init,
        })
    }

    /// Tells the host, as far as it still listens, which step failed.
    pub fn failed(&mut self, error: &BootError) {
        let outcome = HelloOutcome::Failed {
            step: error.step.clone(),
            message: error.source.to_string(),
        };
        match self.outcome(&outcome) {
            // The power off that follows could overtake the message.
            Ok(()) => self.wait_for_close(),
            Err(error) => log::warn(format_args!("cannot tell the host: {error}")),
        }
    }

    fn outcome(&mut self, outcome: &HelloOutcome) -> Result<(), FrameError> {
        write_frame(&mut self.stream, Frame::control(outcome)?)
    }

    /// Waits until the host has closed its end, for a second at most.
    fn wait_for_close(&self) {
        use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
        use std::os::fd::AsFd;
        let mut fds = [PollFd::new(self.stream.as_fd(), PollFlags::POLLIN)];
        // Whatever comes of it, the guest powers off next.
        let _ = poll(&mut fds, PollTimeout::from(1000u16));
    }
}

/// Milliseconds since the kernel started.
pub fn uptime_ms() -> u64 {
    clock_gettime(ClockId::CLOCK_BOOTTIME)
        .map(|time| u64::try_from(Duration::from(time).as_millis()).unwrap_or(u64::MAX))
        .unwrap_or(0)
}

fn kernel_release() -> String {
    nix::sys::utsname::uname()
        .map(|name| name.release().to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn dial() -> io::Result<OwnedFd> {
    let deadline = Instant::now() + CONNECT_DEADLINE;
    loop {
        let socket = socket(
            AddressFamily::Vsock,
            SockType::Stream,
            SockFlag::SOCK_CLOEXEC,
            None,
        )?;
        match connect(socket.as_raw_fd(), &VsockAddr::new(HOST_CID, HELLO_PORT)) {
            Ok(()) => return Ok(socket),
            Err(error) if Instant::now() > deadline => return Err(error.into()),
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    }
}

fn write_frame(stream: &mut impl Write, frame: Frame) -> Result<(), FrameError> {
    let mut buffer = BytesMut::new();
    FrameCodec.encode(frame, &mut buffer)?;
    Ok(stream.write_all(&buffer)?)
}

fn read_frame(stream: &mut impl Read) -> Result<Frame, FrameError> {
    let mut buffer = BytesMut::new();
    let mut piece = [0; 4096];
    loop {
        if let Some(frame) = FrameCodec.decode(&mut buffer)? {
            return Ok(frame);
        }
        match stream.read(&mut piece)? {
            0 => return Err(FrameError::Io(io::ErrorKind::UnexpectedEof.into())),
            count => buffer.extend_from_slice(piece.get(..count).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_survives_the_blocking_way() {
        let frame = Frame::control(&HelloReply::Incompatible { protocol: 7 }).unwrap();
        let mut wire = Vec::new();
        write_frame(&mut wire, frame.clone()).unwrap();
        assert_eq!(read_frame(&mut wire.as_slice()).unwrap(), frame);
    }

    #[test]
    fn a_host_that_hangs_up_is_an_error() {
        let mut wire = Vec::new();
        write_frame(&mut wire, Frame::control(&1).unwrap()).unwrap();
        wire.pop();
        assert!(matches!(
            read_frame(&mut wire.as_slice()),
            Err(FrameError::Io(_))
        ));
    }
}
