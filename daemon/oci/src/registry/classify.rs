//! Failures of the connection, as errors.

use super::RegistryError;
use super::http::chain;
use oci_distribution::errors::OciDistributionError;
use std::error::Error;
use std::io;
use std::time::Duration;

/// What a request was about, for errors.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// `host[:port]`.
    pub server: &'a str,
    /// What was asked for.
    pub what: &'a str,
    /// How long nothing may come.
    pub stall: Duration,
}

/// A failure of the HTTP client.
pub(super) fn transport(error: &reqwest::Error, asked: Asked<'_>) -> RegistryError {
    let server = asked.server.to_owned();
    if let Some(tls) = find::<rustls::Error>(error) {
        return tls_failure(tls, server);
    }
    // The library's own words name the URL, which the message has in a better form.
    let problem = error.source().map_or_else(|| error.to_string(), chain);
    if error.is_redirect() {
        return RegistryError::Redirect {
            server,
            what: asked.what.to_owned(),
            problem,
        };
    }
    if error.is_connect() {
        let lower = problem.to_lowercase();
        if lower.contains("proxy") || lower.contains("tunnel") {
            return RegistryError::Proxy { server, problem };
        }
        if interrupted(error) {
            return RegistryError::Broken { server, problem };
        }
        return RegistryError::Unreachable { server, problem };
    }
    if error.is_timeout() {
        return RegistryError::Stalled {
            server,
            limit: asked.stall,
        };
    }
    RegistryError::Broken { server, problem }
}

/// A failure of the library that fetches tokens.
pub(super) fn token(error: &OciDistributionError, known: bool, asked: Asked<'_>) -> RegistryError {
    let server = asked.server.to_owned();
    match error {
        OciDistributionError::RequestError(error) => transport(error, asked),
        OciDistributionError::AuthenticationFailure(body) => {
            let message = super::answer::message(body.as_bytes());
            if body.contains("TOOMANYREQUESTS") {
                return RegistryError::TooManyRequests {
                    server,
                    retry_after: None,
                    message,
                };
            }
            RegistryError::Unauthorized {
                server,
                what: asked.what.to_owned(),
                known,
                message,
            }
        }
        other => RegistryError::Unexpected {
            server,
            what: "a token".to_owned(),
            problem: chain(other),
        },
    }
}

fn tls_failure(error: &rustls::Error, server: String) -> RegistryError {
    match error {
        // What a server that speaks plain HTTP answers is no TLS record.
        rustls::Error::InvalidMessage(_) => RegistryError::PlainHttp { server },
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
            RegistryError::Certificate {
                server,
                problem: error.to_string(),
            }
        }
        other => RegistryError::Broken {
            server,
            problem: other.to_string(),
        },
    }
}

/// Whether a connection was there, and broke.
fn interrupted(error: &reqwest::Error) -> bool {
    find::<io::Error>(error).is_some_and(|error| {
        matches!(
            error.kind(),
            io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof
        )
    })
}

/// The first cause of a type. An [`io::Error`] hides what it was made of from `source`.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(found) = current.downcast_ref::<T>() {
            return Some(found);
        }
        let wrapped = current
            .downcast_ref::<io::Error>()
            .and_then(|error| error.get_ref());
        cause = match wrapped {
            Some(inner) => Some(inner),
            None => current.source(),
        };
    }
    None
}
