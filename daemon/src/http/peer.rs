//! Who may speak to the socket: its owner and root. The socket's mode says the same; this
//! holds even where somebody changed that.

use std::any::Any;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{Extensions, ServiceRequest, ServiceResponse},
    middleware::Next,
};
use banger_api::{ErrorCode, Problem};
use tokio::net::UnixStream;

use super::Failure;

/// The user id of the peer, as the kernel tells it (unix(7), SO_PEERCRED).
#[derive(Clone, Copy, Debug)]
struct Peer(u32);

/// Notes who connected.
pub fn note(connection: &dyn Any, data: &mut Extensions) {
    if let Some(stream) = connection.downcast_ref::<UnixStream>()
        && let Ok(credentials) = stream.peer_cred()
    {
        data.insert(Peer(credentials.uid()));
    }
}

/// Refuses everybody else.
pub async fn check<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let owner = nix::unistd::geteuid().as_raw();
    match request.conn_data::<Peer>() {
        Some(Peer(uid)) if *uid == owner || *uid == 0 => next.call(request).await,
        Some(Peer(_)) | None => {
            let detail = "this daemon answers its owner and root only";
            let problem = Problem::new(ErrorCode::PeerNotAllowed, detail);
            Err(Failure(problem).into())
        }
    }
}
