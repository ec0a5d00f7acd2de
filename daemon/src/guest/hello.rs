//! Makes a booting guest ready.

use std::{io, time::Duration};

use banger_agent_protocol::{
    AGENT_PORT, Frame, FrameError, OLDEST_SUPPORTED_VERSION, VERSION,
    config::GuestConfig,
    hello::{Hello, HelloOutcome, HelloReply},
};
use banger_vmm::{GuestChannel, GuestListener, channel::GuestStream};

use super::{Connection, GuestError, link::Link};

/// How long a guest may be silent before its vsock device is nudged, and how long until the
/// next time.
#[derive(Clone, Copy)]
struct Patience {
    first: Duration,
    then: Duration,
}

/// Longer than a boot in software takes: a nudge at the very moment when the driver starts
/// would break the device.
const PATIENCE: Patience = Patience {
    first: Duration::from_secs(4),
    then: Duration::from_secs(3),
};

/// A guest that is ready.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Its uptime then, in milliseconds.
    pub uptime_ms: u64,
    /// Its process 1; nothing where the agent is that.
    pub init: Option<String>,
}

/// Waits for the guest to dial, tells it what to become and waits until it has. The
/// configuration is made when the guest asks, so that its clock is right.
///
/// # Errors
/// When the guest fails a step or does not speak the protocol.
pub async fn greet(
    listener: &GuestListener,
    channel: &GuestChannel,
    config: impl Fn() -> GuestConfig,
) -> Result<Ready, GuestError> {
    let (mut connection, first) = first_frame(listener, channel).await?;
    let hello: Hello = first.message()?;
    if !(OLDEST_SUPPORTED_VERSION..=VERSION).contains(&hello.protocol) {
        let reply = HelloReply::Incompatible { protocol: VERSION };
        connection.send(Frame::control(&reply)?).await?;
        return Err(GuestError::Incompatible(hello.protocol));
    }
    let reply = HelloReply::Configure {
        config: Box::new(config()),
    };
    connection.send(Frame::control(&reply)?).await?;
    match connection.receive().await?.message()? {
        HelloOutcome::Ready { uptime_ms, init } => Ok(Ready { uptime_ms, init }),
        HelloOutcome::Failed { step, message } => Err(GuestError::NotReady { step, message }),
    }
}

/// The first connection on which the guest says anything. One that it has given up may come
/// before.
async fn first_frame(
    listener: &GuestListener,
    channel: &GuestChannel,
) -> Result<(Connection, Frame), GuestError> {
    loop {
        let stream = accept(listener, channel, PATIENCE)
            .await
            .map_err(GuestError::Unreachable)?;
        let mut connection = Connection::from_stream(stream);
        match connection.receive().await {
            Ok(frame) => return Ok((connection, frame)),
            Err(GuestError::Ended | GuestError::Broken(FrameError::Io(_))) => {
                tracing::debug!("the guest gave a connection up");
            }
            Err(error) => return Err(error),
        }
    }
}

/// vhost-device-vsock 0.3.0 loses the guest's first notification when that comes before the
/// device has heard that its queues are enabled, as it may on a busy host
/// (<https://github.com/rust-vmm/vhost/issues/247>); a second one the guest never sends. A
/// connection from the host makes the device look into the queues.
async fn accept(
    listener: &GuestListener,
    channel: &GuestChannel,
    patience: Patience,
) -> io::Result<GuestStream> {
    let mut wait = patience.first;
    loop {
        tokio::select! {
            biased;
            accepted = listener.accept() => return accepted,
            () = tokio::time::sleep(wait) => {
                wait = patience.then;
                tracing::debug!("nudging the vsock device of a guest that is silent");
                // In a task of its own: see `connection::dial`.
                tokio::spawn(nudge(channel.clone()));
            }
        }
    }
}

async fn nudge(channel: GuestChannel) {
    // The guest refuses it, which is as well.
    if let Ok(stream) = channel.dial(AGENT_PORT).await {
        drop(Link::new(stream));
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncBufReadExt, BufReader},
        net::{UnixListener, UnixStream},
    };

    use super::*;

    /// Where a guest's hello arrives, and the device that the host dials.
    fn sockets(directory: &std::path::Path) -> (GuestListener, GuestChannel, UnixListener) {
        let path = directory.join("device");
        let device = UnixListener::bind(&path).unwrap();
        let listener = UnixListener::bind(directory.join("hello")).unwrap();
        (
            GuestListener::Unix(listener),
            GuestChannel::Unix { path },
            device,
        )
    }

    #[tokio::test]
    async fn the_device_of_a_silent_guest_is_nudged_until_the_guest_dials() {
        let directory = tempfile::tempdir().unwrap();
        let (listener, channel, device) = sockets(directory.path());
        let guest = async {
            for _ in 0..2 {
                let stream = device.accept().await.unwrap().0;
                let mut line = String::new();
                BufReader::new(stream).read_line(&mut line).await.unwrap();
                assert_eq!(line, format!("CONNECT {AGENT_PORT}\n"));
            }
            UnixStream::connect(directory.path().join("hello"))
                .await
                .unwrap()
        };
        let patience = Patience {
            first: Duration::from_millis(1),
            then: Duration::from_millis(1),
        };
        let (accepted, _guest) = tokio::join!(accept(&listener, &channel, patience), guest);
        accepted.unwrap();
    }

    #[tokio::test]
    async fn a_connection_that_the_guest_gave_up_is_passed_over() {
        let directory = tempfile::tempdir().unwrap();
        let (listener, channel, _device) = sockets(directory.path());
        let guest = async {
            let hello = directory.path().join("hello");
            drop(UnixStream::connect(&hello).await.unwrap());
            let stream = UnixStream::connect(&hello).await.unwrap();
            let mut connection = Connection::from_stream(stream);
            let frame = Frame::control(&"hello").unwrap();
            connection.send(frame).await.unwrap();
            connection
        };
        let (first, _guest) = tokio::join!(first_frame(&listener, &channel), guest);
        assert_eq!(first.unwrap().1.message::<String>().unwrap(), "hello");
    }
}
