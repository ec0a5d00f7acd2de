//! HTTP clients: TLS, certificate authorities, time-outs. Proxies come from the environment,
//! as reqwest and curl read it: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY.

use super::RegistryError;
use super::endpoint::Endpoint;
use super::retry::Timing;
use oci_distribution::client::{Certificate, CertificateEncoding, ClientConfig, ClientProtocol};
use reqwest::redirect::{Attempt, Policy};
use std::path::Path;

/// What servers are told that we are.
const USER_AGENT: &str = concat!("banger/", env!("CARGO_PKG_VERSION"));
/// The most redirections of one request: what curl and Go follow.
const MAX_REDIRECTS: usize = 10;

/// Makes ring this process's provider of cryptography, where there is none yet.
pub fn install_crypto_provider() {
    // It fails only where there is one already, which is as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The two clients that one server is spoken to with: ours for content, and the library's,
/// which fetches tokens.
#[derive(Clone)]
pub(super) struct Clients {
    pub http: reqwest::Client,
    pub tokens: oci_distribution::Client,
}

impl Clients {
    /// Builds them; reads the host's certificates, which takes some milliseconds.
    pub fn new(endpoint: &Endpoint, timing: &Timing) -> Result<Self, RegistryError> {
        install_crypto_provider();
        let authorities = match &endpoint.ca {
            Some(path) => authorities(endpoint, path)?,
            None => Vec::new(),
        };
        let extra_root_certificates = authorities
            .iter()
            .map(|(pem, _)| Certificate {
                encoding: CertificateEncoding::Pem,
                data: pem.clone(),
            })
            .collect();
        let tls = |error: &dyn std::error::Error| RegistryError::Tls(chain(error));
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(timing.connect)
            .read_timeout(timing.stall)
            .redirect(Policy::custom(follow))
            .tls_certs_merge(authorities.into_iter().map(|(_, certificate)| certificate))
            .build()
            .map_err(|error| tls(&error))?;
        let config = ClientConfig {
            protocol: if endpoint.http {
                ClientProtocol::Http
            } else {
                ClientProtocol::Https
            },
            extra_root_certificates,
            connect_timeout: Some(timing.connect),
            read_timeout: Some(timing.stall),
            user_agent: USER_AGENT,
            ..ClientConfig::default()
        };
        let tokens = oci_distribution::Client::try_from(config).map_err(|error| tls(&error))?;
        Ok(Clients { http, tokens })
    }
}

/// Redirections are followed, but never from HTTPS to plain HTTP.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let secure = attempt.previous().iter().any(|url| url.scheme() == "https");
    if secure && attempt.url().scheme() != "https" {
        let problem = format!("from HTTPS to {}", attempt.url());
        return attempt.error(problem);
    }
    if attempt.previous().len() > MAX_REDIRECTS {
        return attempt.error("too often");
    }
    attempt.follow()
}

/// The certificates of a PEM file, each with its own PEM text for the library.
fn authorities(
    endpoint: &Endpoint,
    path: &Path,
) -> Result<Vec<(Vec<u8>, reqwest::Certificate)>, RegistryError> {
    let unusable = |problem: String| RegistryError::Authority {
        registry: endpoint.registry.clone(),
        path: path.to_owned(),
        problem,
    };
    let text = std::fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    let mut found = Vec::new();
    for block in text.split_inclusive("-----END CERTIFICATE-----") {
        let Some(start) = block.find("-----BEGIN CERTIFICATE-----") else {
            continue;
        };
        let pem = block.get(start..).unwrap_or_default().as_bytes().to_vec();
        let certificate =
            reqwest::Certificate::from_pem(&pem).map_err(|error| unusable(chain(&error)))?;
        found.push((pem, certificate));
    }
    if found.is_empty() {
        return Err(unusable("it has no certificate in PEM".to_owned()));
    }
    Ok(found)
}

/// An error with all that it comes from.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = inner.source();
    }
    text
}
