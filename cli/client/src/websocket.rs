//! The WebSocket's handshake (RFC 6455 section 4.1). It goes the same way as every other
//! request, so that refusals arrive as problems.

use reqwest::{StatusCode, Upgraded, header};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::{client::generate_key, derive_accept_key},
        protocol::Role,
    },
};

use crate::ClientError;

/// Opens a WebSocket at a URL.
///
/// # Errors
/// The daemon's problem where it refuses.
pub async fn open(
    http: &reqwest::Client,
    url: &str,
) -> Result<WebSocketStream<Upgraded>, ClientError> {
    let key = generate_key();
    let response = http
        .get(url)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, &key)
        .send()
        .await
        .map_err(ClientError::disconnected)?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(refusal(response).await);
    }
    let expected = derive_accept_key(key.as_bytes());
    let accepted = response.headers().get(header::SEC_WEBSOCKET_ACCEPT);
    if accepted.is_none_or(|value| value.as_bytes() != expected.as_bytes()) {
        let detail = "the answer to the WebSocket's handshake belongs to another one";
        return Err(ClientError::Protocol(detail.to_owned()));
    }
    let connection = response
        .upgrade()
        .await
        .map_err(ClientError::disconnected)?;
    Ok(WebSocketStream::from_raw_socket(connection, Role::Client, None).await)
}

async fn refusal(response: reqwest::Response) -> ClientError {
    let status = response.status();
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(error) => return ClientError::disconnected(error),
    };
    match serde_json::from_slice::<banger_api::Problem>(&body) {
        Ok(problem) => problem.into(),
        Err(_) => ClientError::Protocol(format!("an answer with status {status}")),
    }
}
