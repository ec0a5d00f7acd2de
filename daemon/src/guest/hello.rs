//! Makes a booting guest ready.

use banger_agent_protocol::{
    Frame, OLDEST_SUPPORTED_VERSION, VERSION,
    config::GuestConfig,
    hello::{Hello, HelloOutcome, HelloReply},
};
use banger_vmm::GuestListener;

use super::{Connection, GuestError};

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
    config: impl Fn() -> GuestConfig,
) -> Result<Ready, GuestError> {
    let stream = listener.accept().await.map_err(GuestError::Unreachable)?;
    let mut connection = Connection::from_stream(stream);
    let hello: Hello = connection.receive().await?.message()?;
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
