//! Answers that are no success, as errors.

use super::RegistryError;
use super::classify::Asked;
use super::retry::parse_retry_after;
use oci_distribution::errors::OciEnvelope;
use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode};
use std::time::SystemTime;

/// The most bytes of an error's body that are read.
const MAX_BODY: usize = 64 << 10;
/// The most characters of a server's own words that are passed on.
const MAX_MESSAGE: usize = 300;

/// What an answer without success means.
pub(super) async fn failure(
    mut response: Response,
    known: bool,
    asked: Asked<'_>,
) -> RegistryError {
    let status = response.status();
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| parse_retry_after(value, SystemTime::now()));
    let mut body = Vec::new();
    while body.len() < MAX_BODY {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            // The status says enough.
            Ok(None) | Err(_) => break,
        }
    }
    let message = message(&body);
    let server = asked.server.to_owned();
    let what = asked.what.to_owned();
    match status {
        StatusCode::UNAUTHORIZED => RegistryError::Unauthorized {
            server,
            what,
            known,
            message,
        },
        StatusCode::FORBIDDEN => RegistryError::Forbidden {
            server,
            what,
            message,
        },
        StatusCode::NOT_FOUND => RegistryError::NotFound {
            server,
            what,
            message,
        },
        StatusCode::TOO_MANY_REQUESTS => RegistryError::TooManyRequests {
            server,
            retry_after,
            message,
        },
        // Go's words (net/http, server.go); nginx has others.
        StatusCode::BAD_REQUEST
            if message.contains("HTTP request to an HTTPS server")
                || message.contains("plain HTTP request was sent to HTTPS port") =>
        {
            RegistryError::NotPlainHttp { server }
        }
        status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
            RegistryError::Server {
                server,
                what,
                status: status.as_u16(),
                retry_after,
                message,
            }
        }
        status => RegistryError::Unexpected {
            server,
            what,
            problem: match message.as_str() {
                "" => format!("status {status}"),
                message => format!("status {status}: {message}"),
            },
        },
    }
}

/// A server's own words: those of its error envelope (distribution specification 1.1,
/// "Error Codes"), else its body when that is a short text.
pub(super) fn message(body: &[u8]) -> String {
    let text = match serde_json::from_slice::<OciEnvelope>(body) {
        Ok(envelope) => {
            let messages: Vec<String> = envelope
                .errors
                .into_iter()
                .map(|error| match error.message.is_empty() {
                    true => format!("{:?}", error.code),
                    false => error.message,
                })
                .collect();
            messages.join("; ")
        }
        Err(_) => match std::str::from_utf8(body) {
            Ok(text) if !text.trim_start().starts_with(['<', '{']) => text.trim().to_owned(),
            Ok(text) if text.contains("plain HTTP request was sent to HTTPS port") => {
                "The plain HTTP request was sent to HTTPS port".to_owned()
            }
            Ok(_) | Err(_) => String::new(),
        },
    };
    // What a server says ends up on terminals.
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_MESSAGE)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_words_are_found() {
        let envelope =
            br#"{"errors":[{"code":"DENIED","message":"no\u001b[31m"},{"code":"NAME_UNKNOWN"}]}"#;
        assert_eq!(message(envelope), "no [31m; NameUnknown");
        assert_eq!(message(b"busy\n"), "busy");
        assert_eq!(message(b"<html>busy</html>"), "");
        assert_eq!(message(b"{}"), "");
        assert_eq!(message(&[0xff, 0]), "");
        assert_eq!(message("x".repeat(9000).as_bytes()).len(), MAX_MESSAGE);
    }
}
