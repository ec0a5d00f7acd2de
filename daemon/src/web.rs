//! Fetching from addresses, over http and https.

use std::{
    error::Error,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::StreamExt;
use reqwest::{Client, Response, Url};
use sha2::{Digest, Sha256};
use tokio::{fs::File, io::AsyncWriteExt};

/// How long a server may take to accept a connection, and between two pieces of an answer.
const CONNECT: Duration = Duration::from_secs(20);
const PIECE: Duration = Duration::from_secs(60);

/// Why something could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// No client could be made, for want of certificate authorities for example.
    #[error("nothing can be downloaded: {0}")]
    Client(String),
    /// The server cannot be reached, or broke off.
    #[error("{url}: {reason}")]
    Transfer {
        /// What was asked for.
        url: String,
        /// What happened, causes included.
        reason: String,
    },
    /// The server refused.
    #[error("{url}: the server answers {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// The status with its words.
        status: reqwest::StatusCode,
    },
    /// It is longer than it may be.
    #[error("{url} is larger than {limit} bytes")]
    TooLarge {
        /// What was asked for.
        url: String,
        /// The limit, in bytes.
        limit: u64,
    },
    /// It is shorter than it should be.
    #[error("{url} has {got} bytes and should have {wanted}")]
    Short {
        /// What was asked for.
        url: String,
        /// Bytes that came.
        got: u64,
        /// Bytes that should have come.
        wanted: u64,
    },
    /// It is not what it should be.
    #[error(
        "{url} has the sha256 {got} and should have {wanted}: it was changed, or the hash is of another file"
    )]
    Digest {
        /// What was asked for.
        url: String,
        /// What came.
        got: String,
        /// What should have come.
        wanted: String,
    },
    /// It cannot be kept.
    #[error("{path}: {source}")]
    File {
        /// Where.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// What a download has to be.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Its SHA-256, in lower-case hex, where that is known.
    pub sha256: Option<String>,
    /// Its size in bytes, where that is known.
    pub size: Option<u64>,
    /// What it may be at the most, in bytes.
    pub limit: u64,
}

/// A client that takes proxies from the environment and trusts the system's authorities.
///
/// # Errors
/// When there are none.
pub fn client() -> Result<Client, WebError> {
    // Another part of the program may have chosen it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("banger/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .read_timeout(PIECE)
        .build()
        .map_err(|error| WebError::Client(with_causes(&error)))
}

/// Fetches a document of at most `limit` bytes.
///
/// # Errors
/// See [`WebError`].
pub async fn document(client: &Client, url: &Url, limit: u64) -> Result<Vec<u8>, WebError> {
    let response = get(client, url, limit).await?;
    let mut pieces = response.bytes_stream();
    let mut document = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| transfer(url, &error))?;
        document.extend_from_slice(&piece);
        if document.len() as u64 > limit {
            return Err(too_large(url, limit));
        }
    }
    Ok(document)
}

/// Downloads to a file, which must not exist yet; tells how many bytes came, of how many, and
/// in the end their SHA-256 in lower-case hex.
/// What is there after an error is the caller's to remove.
///
/// # Errors
/// See [`WebError`]; also when it is not what was expected.
pub async fn download(
    client: &Client,
    url: &Url,
    expected: &Expected,
    to: &Path,
    on_bytes: &mut (dyn FnMut(u64, Option<u64>) + Send),
) -> Result<String, WebError> {
    let limit = expected.size.unwrap_or(expected.limit);
    let response = get(client, url, limit).await?;
    let total = expected.size.or_else(|| response.content_length());
    let file_error = |source| WebError::File {
        path: to.to_owned(),
        source,
    };
    let mut file = File::create_new(to).await.map_err(file_error)?;
    let (mut hash, mut got) = (Sha256::new(), 0);
    let mut pieces = response.bytes_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| transfer(url, &error))?;
        got += piece.len() as u64;
        if got > limit {
            return Err(too_large(url, limit));
        }
        hash.update(&piece);
        file.write_all(&piece).await.map_err(file_error)?;
        on_bytes(got, total);
    }
    file.flush().await.map_err(file_error)?;
    if let Some(wanted) = expected.size
        && got != wanted
    {
        return Err(WebError::Short {
            url: url.to_string(),
            got,
            wanted,
        });
    }
    let sha256: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    match &expected.sha256 {
        Some(wanted) if *wanted != sha256 => Err(WebError::Digest {
            url: url.to_string(),
            got: sha256,
            wanted: wanted.clone(),
        }),
        Some(_) | None => Ok(sha256),
    }
}

/// An address that can be fetched from.
///
/// # Errors
/// What to write instead.
pub fn check_url(url: Url) -> Result<Url, String> {
    match (url.scheme(), url.host_str()) {
        ("http" | "https", Some(_)) => Ok(url),
        _ => Err(format!("{url} is no http or https address")),
    }
}

/// A SHA-256 in hex, made lower-case.
///
/// # Errors
/// What to write instead.
pub fn check_sha256(text: &str) -> Result<String, String> {
    let text = text.strip_prefix("sha256:").unwrap_or(text);
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("the sha256 is not 64 hex digits, as sha256sum prints them".to_owned())
    }
}

async fn get(client: &Client, url: &Url, limit: u64) -> Result<Response, WebError> {
    let response = client.get(url.clone()).send().await;
    let response = response.map_err(|error| transfer(url, &error))?;
    if !response.status().is_success() {
        return Err(WebError::Status {
            url: url.to_string(),
            status: response.status(),
        });
    }
    if response
        .content_length()
        .is_some_and(|length| length > limit)
    {
        return Err(too_large(url, limit));
    }
    Ok(response)
}

fn too_large(url: &Url, limit: u64) -> WebError {
    WebError::TooLarge {
        url: url.to_string(),
        limit,
    }
}

fn transfer(url: &Url, error: &reqwest::Error) -> WebError {
    WebError::Transfer {
        url: url.to_string(),
        reason: with_causes(error),
    }
}

/// The causes say it: the error itself only that a request failed.
fn with_causes(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(error.source(), |&error| error.source());
    let said: Vec<String> = causes.map(ToString::to_string).collect();
    match said.is_empty() {
        true => error.to_string(),
        false => said.join(": "),
    }
}
