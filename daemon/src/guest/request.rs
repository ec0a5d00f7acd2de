//! Questions with one answer.

use banger_agent_protocol::{
    facts::{Facts, Health},
    request::{Reply, Request},
};
use banger_vmm::GuestChannel;

use super::{Connection, GuestError};

/// Whether the agent answers.
///
/// # Errors
/// When it does not.
pub async fn health(channel: &GuestChannel) -> Result<Health, GuestError> {
    match ask(channel, &Request::Health).await? {
        Reply::Health(health) => Ok(health),
        other => Err(unexpected(other)),
    }
}

/// What the guest tells of itself.
///
/// # Errors
/// When it cannot be asked.
pub async fn facts(channel: &GuestChannel) -> Result<Facts, GuestError> {
    match ask(channel, &Request::Facts).await? {
        Reply::Facts(facts) => Ok(facts),
        other => Err(unexpected(other)),
    }
}

/// Waits until the guest's init has started everything.
///
/// # Errors
/// When the guest goes away.
pub async fn wait_for_system(channel: &GuestChannel) -> Result<(), GuestError> {
    done(ask(channel, &Request::WaitForSystem).await?)
}

/// Begins to power off.
///
/// # Errors
/// When the guest does not answer.
pub async fn shutdown(channel: &GuestChannel) -> Result<(), GuestError> {
    done(ask(channel, &Request::Shutdown).await?)
}

async fn ask(channel: &GuestChannel, request: &Request) -> Result<Reply, GuestError> {
    let mut connection = Connection::open(channel, request).await?;
    Ok(connection.receive().await?.message()?)
}

pub(super) fn done(reply: Reply) -> Result<(), GuestError> {
    match reply {
        Reply::Done => Ok(()),
        other => Err(unexpected(other)),
    }
}

pub(super) fn unexpected(reply: Reply) -> GuestError {
    match reply {
        Reply::Error(error) => GuestError::Agent(error),
        Reply::Done
        | Reply::Health(_)
        | Reply::Facts(_)
        | Reply::PutFiles(_)
        | Reply::Taken { .. } => GuestError::Unexpected,
    }
}
