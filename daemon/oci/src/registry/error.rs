//! What can fail, and what to do about it.

use crate::blobs::BlobError;
use crate::digest::Digest;
use crate::manifest::ManifestError;
use std::path::PathBuf;
use std::time::Duration;

/// Why something could not be had from a registry. `server` is `host[:port]`, `what` says
/// what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// It wants credentials, or others.
    #[error("{server} wants {} to give out {what}{}", if *.known { "other credentials" } else { "credentials" }, said(.message))]
    Unauthorized {
        /// Who.
        server: String,
        /// What was asked for.
        what: String,
        /// Credentials were sent.
        known: bool,
        /// What it said.
        message: String,
    },
    /// It does not take a user and a password that were to be kept.
    #[error("{server} does not take this user and password{}", said(.message))]
    LoginRefused {
        /// Who.
        server: String,
        /// What it said.
        message: String,
    },
    /// It knows the user and refuses.
    #[error("{server} refuses {what}{}", said(.message))]
    Forbidden {
        /// Who.
        server: String,
        /// What was asked for.
        what: String,
        /// What it said.
        message: String,
    },
    /// It does not have it.
    #[error("{server} does not have {what}{}", said(.message))]
    NotFound {
        /// Who.
        server: String,
        /// What was asked for.
        what: String,
        /// What it said.
        message: String,
    },
    /// Too much was asked of it.
    #[error("{server} was asked too often{}{}", again(.retry_after.as_ref()), said(.message))]
    TooManyRequests {
        /// Who.
        server: String,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
        /// What it said.
        message: String,
    },
    /// It failed.
    #[error("{server} failed with status {status} when asked for {what}{}", said(.message))]
    Server {
        /// Who.
        server: String,
        /// What was asked for.
        what: String,
        /// The HTTP status.
        status: u16,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
        /// What it said.
        message: String,
    },
    /// It answered something that this protocol does not know.
    #[error("{server} gave an unexpected answer when asked for {what}: {problem}")]
    Unexpected {
        /// Who.
        server: String,
        /// What was asked for.
        what: String,
        /// What is wrong with the answer.
        problem: String,
    },
    /// The answer ended early, again and again.
    #[error("{server} ended {what} after {have} of {size} bytes")]
    Truncated {
        /// Who.
        server: String,
        /// What was asked for.
        what: String,
        /// The bytes that came.
        have: u64,
        /// The bytes that were to come.
        size: u64,
    },
    /// The answer is longer than it should be.
    #[error("{server} sent more than the {limit} bytes that {what} may have")]
    TooLong {
        /// Who.
        server: String,
        /// What was asked for.
        what: String,
        /// The bytes that it may have.
        limit: u64,
    },
    /// The bytes are others than the digest says.
    #[error("{server} sent {what} with the digest {found} for {expected}")]
    DigestMismatch {
        /// Who.
        server: String,
        /// What was asked for.
        what: String,
        /// What was asked for.
        expected: Digest,
        /// What came.
        found: Digest,
    },
    /// The connection broke.
    #[error("the connection to {server} broke: {problem}")]
    Broken {
        /// Who.
        server: String,
        /// How.
        problem: String,
    },
    /// Nothing came for a while.
    #[error("{server} sent nothing for {} seconds", .limit.as_secs())]
    Stalled {
        /// Who.
        server: String,
        /// For how long.
        limit: Duration,
    },
    /// Its certificate is not trusted.
    #[error("the certificate of {server} is not trusted: {problem}")]
    Certificate {
        /// Who.
        server: String,
        /// Why not.
        problem: String,
    },
    /// It speaks plain HTTP and was asked by HTTPS.
    #[error("{server} does not speak HTTPS")]
    PlainHttp {
        /// Who.
        server: String,
    },
    /// It speaks HTTPS and was asked by plain HTTP.
    #[error("{server} speaks HTTPS, and is asked by plain HTTP")]
    NotPlainHttp {
        /// Who.
        server: String,
    },
    /// Nothing answers there.
    #[error("{server} cannot be reached: {problem}")]
    Unreachable {
        /// Who.
        server: String,
        /// Why not.
        problem: String,
    },
    /// The proxy does not help.
    #[error("{server} cannot be reached through the proxy: {problem}")]
    Proxy {
        /// Who.
        server: String,
        /// Why not.
        problem: String,
    },
    /// It sends elsewhere, where it must not or without an end.
    #[error("{server} redirects {what} where it is not followed: {problem}")]
    Redirect {
        /// Who.
        server: String,
        /// What was asked for.
        what: String,
        /// Where to, or how often.
        problem: String,
    },
    /// A certificate authority of the settings cannot be used.
    #[error("the certificate authority {path} of {registry} cannot be used: {problem}", path = .path.display())]
    Authority {
        /// Whose.
        registry: String,
        /// The file.
        path: PathBuf,
        /// Why not.
        problem: String,
    },
    /// The user's credentials cannot be read.
    #[error("the credentials for {registry} cannot be read: {problem}")]
    Credentials {
        /// Whose.
        registry: String,
        /// Why not.
        problem: String,
    },
    /// What was to be kept can be no login there.
    #[error("{registry:?} gets no login: {problem}")]
    BadLogin {
        /// As written.
        registry: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// HTTPS cannot be set up, which is a fault of this program or of the host.
    #[error("HTTPS cannot be set up: {0}")]
    Tls(String),
    /// What it gave out is no image that can be run.
    #[error("{reference}: {problem}")]
    Manifest {
        /// The image.
        reference: String,
        /// What is wrong with it.
        #[source]
        problem: ManifestError,
    },
    /// The blob store failed.
    #[error(transparent)]
    Store(#[from] BlobError),
    /// The caller gave up.
    #[error("cancelled")]
    Cancelled,
}

impl RegistryError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            RegistryError::Unauthorized { server, .. } => {
                format!("banger image login {}", login_name(server))
            }
            RegistryError::LoginRefused { .. } => {
                "check both; where a second factor is asked for, an access token stands in for the password".to_owned()
            }
            RegistryError::Forbidden { server, .. } => format!(
                "log in as somebody who may: banger image login {}",
                login_name(server)
            ),
            RegistryError::NotFound { .. } => {
                "check the name and the tag; a private image may need banger image login".to_owned()
            }
            RegistryError::TooManyRequests { server, .. } => format!(
                "try again later; logging in may raise the limit: banger image login {}",
                login_name(server)
            ),
            RegistryError::Certificate { server, .. } => {
                format!("name its certificate authority in config.toml: [registries.{server:?}] ca = \"/path/ca.pem\"")
            }
            RegistryError::PlainHttp { server } => {
                format!("if it is meant to, say so in config.toml: [registries.{server:?}] http = true")
            }
            RegistryError::NotPlainHttp { server } => {
                format!("remove http = true from [registries.{server:?}] in config.toml")
            }
            RegistryError::Unreachable { .. } => {
                "check the name and the network; proxies are taken from HTTPS_PROXY, HTTP_PROXY and NO_PROXY".to_owned()
            }
            RegistryError::Proxy { .. } => {
                "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the daemon's environment".to_owned()
            }
            RegistryError::Manifest { problem, .. } => problem.hint()?.to_owned(),
            RegistryError::Truncated { .. }
            | RegistryError::Broken { .. }
            | RegistryError::Stalled { .. }
            | RegistryError::Server { .. } => {
                "try again: what has come is kept".to_owned()
            }
            RegistryError::Unexpected { .. }
            | RegistryError::TooLong { .. }
            | RegistryError::DigestMismatch { .. }
            | RegistryError::Redirect { .. }
            | RegistryError::Authority { .. }
            | RegistryError::Credentials { .. }
            | RegistryError::BadLogin { .. }
            | RegistryError::Tls(_)
            | RegistryError::Store(_)
            | RegistryError::Cancelled => return None,
        })
    }

    /// Whether the same request may succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            RegistryError::TooManyRequests { .. }
            | RegistryError::Server { .. }
            | RegistryError::Truncated { .. }
            | RegistryError::Broken { .. }
            | RegistryError::Stalled { .. } => true,
            RegistryError::Unauthorized { .. }
            | RegistryError::LoginRefused { .. }
            | RegistryError::Forbidden { .. }
            | RegistryError::NotFound { .. }
            | RegistryError::Unexpected { .. }
            | RegistryError::TooLong { .. }
            | RegistryError::DigestMismatch { .. }
            | RegistryError::Certificate { .. }
            | RegistryError::PlainHttp { .. }
            | RegistryError::NotPlainHttp { .. }
            | RegistryError::Unreachable { .. }
            | RegistryError::Proxy { .. }
            | RegistryError::Redirect { .. }
            | RegistryError::Authority { .. }
            | RegistryError::Credentials { .. }
            | RegistryError::BadLogin { .. }
            | RegistryError::Tls(_)
            | RegistryError::Manifest { .. }
            | RegistryError::Store(_)
            | RegistryError::Cancelled => false,
        }
    }

    /// When the server wants to be asked again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            RegistryError::TooManyRequests { retry_after, .. }
            | RegistryError::Server { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// docker.io is logged in to by its own name.
fn login_name(server: &str) -> &str {
    match server {
        "registry-1.docker.io" => "docker.io",
        other => other,
    }
}

fn said(message: &str) -> String {
    if message.is_empty() {
        return String::new();
    }
    format!(": {message}")
}

fn again(after: Option<&Duration>) -> String {
    after.map_or_else(String::new, |after| {
        format!(
            ", and wants to be left alone for {} seconds",
            after.as_secs()
        )
    })
}
