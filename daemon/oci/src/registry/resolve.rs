//! Manifests and configurations: a reference into an image.

use super::classify;
use super::event::{Event, Report};
use super::retry::Timing;
use super::session::{Get, Session};
use super::{RegistryError, Resolved};
use crate::digest::{Digest, Hasher};
use crate::manifest::{
    Descriptor, Document, Image, ImageManifest, MAX_CONFIG, MAX_MANIFEST, ManifestError, media_type,
};
use crate::reference::{DEFAULT_TAG, Reference};
use bytes::Bytes;
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use std::future::Future;

/// How deep indexes may point to indexes.
const MAX_DEPTH: usize = 3;

/// Finds an image on one server.
pub(super) async fn resolve(
    session: Session,
    reference: &Reference,
    timing: &Timing,
    report: Report<'_>,
) -> Result<Resolved, RegistryError> {
    let problem = |problem: ManifestError| RegistryError::Manifest {
        reference: reference.familiar(),
        problem,
    };
    let wanted = match (reference.digest(), reference.tag()) {
        (Some(digest), _) => digest.to_string(),
        (None, tag) => tag.unwrap_or(DEFAULT_TAG).to_owned(),
    };
    let mut expected = reference.digest().cloned();
    let mut path = format!("manifests/{wanted}");
    let mut named = None;
    for _ in 0..MAX_DEPTH {
        let what = match &named {
            None => format!("the image {}", reference.familiar()),
            Some(_) => format!("the manifest of {}", reference.familiar()),
        };
        let get = Get {
            path: &path,
            what: &what,
            accept: &media_type::ACCEPTED,
            from: 0,
        };
        let (content_type, bytes) = patiently(&session, timing, report, || {
            small(&session, get, MAX_MANIFEST)
        })
        .await?;
        let digest = verify(&session, &what, expected.as_ref(), &bytes)?;
        let named = named.get_or_insert_with(|| digest.clone());
        match Document::parse(content_type.as_deref(), &bytes).map_err(problem)? {
            Document::Index(index) => {
                let chosen = index.choose().map_err(problem)?;
                path = format!("manifests/{}", chosen.digest);
                expected = Some(chosen.digest.clone());
            }
            Document::Image(manifest) => {
                let config = config(&session, reference, &manifest, timing, report).await?;
                let image = Image::new(digest, *manifest, bytes, config).map_err(problem)?;
                return Ok(Resolved {
                    reference: reference.clone(),
                    digest: named.clone(),
                    image,
                    session,
                });
            }
        }
    }
    Err(problem(ManifestError::TooDeep(MAX_DEPTH)))
}

async fn config(
    session: &Session,
    reference: &Reference,
    manifest: &ImageManifest,
    timing: &Timing,
    report: Report<'_>,
) -> Result<Bytes, RegistryError> {
    let Descriptor { digest, size, .. } = &manifest.config;
    let what = format!("the configuration of {}", reference.familiar());
    let path = format!("blobs/{digest}");
    let get = Get {
        path: &path,
        what: &what,
        accept: &[],
        from: 0,
    };
    let (_, bytes) = patiently(session, timing, report, || async {
        let (content_type, bytes) = small(session, get, (*size).min(MAX_CONFIG)).await?;
        if (bytes.len() as u64) < *size {
            return Err(RegistryError::Truncated {
                server: session.endpoint.host.clone(),
                what: what.clone(),
                have: bytes.len() as u64,
                size: *size,
            });
        }
        Ok((content_type, bytes))
    })
    .await?;
    verify(session, &what, Some(digest), &bytes)?;
    Ok(bytes)
}

/// Fetches something small whole, with its content type.
async fn small(
    session: &Session,
    get: Get<'_>,
    limit: u64,
) -> Result<(Option<String>, Bytes), RegistryError> {
    let mut response: Response = session.get(get).await?;
    let content_type = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let mut bytes = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let chunk = chunk.map_err(|error| classify::transport(&error, session.asked(get.what)))?;
        let Some(chunk) = chunk else {
            return Ok((content_type, bytes.into()));
        };
        if (bytes.len() + chunk.len()) as u64 > limit {
            return Err(RegistryError::TooLong {
                server: session.endpoint.host.clone(),
                what: get.what.to_owned(),
                limit,
            });
        }
        bytes.extend_from_slice(&chunk);
    }
}

/// The digest of what came, which must be the one that was asked for.
fn verify(
    session: &Session,
    what: &str,
    expected: Option<&Digest>,
    bytes: &[u8],
) -> Result<Digest, RegistryError> {
    let Some(expected) = expected else {
        return Ok(Digest::of(bytes));
    };
    let mut hasher = Hasher::new(expected.algorithm());
    hasher.update(bytes);
    let found = hasher.finish();
    if found == *expected {
        return Ok(found);
    }
    Err(RegistryError::DigestMismatch {
        server: session.endpoint.host.clone(),
        what: what.to_owned(),
        expected: expected.clone(),
        found,
    })
}

/// Tries again where that may help.
async fn patiently<T, F: Future<Output = Result<T, RegistryError>>>(
    session: &Session,
    timing: &Timing,
    report: Report<'_>,
    mut attempt: impl FnMut() -> F,
) -> Result<T, RegistryError> {
    let mut failures = 0;
    loop {
        let error = match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        failures += 1;
        let Some(delay) = timing.wait_after(&error, failures) else {
            return Err(error);
        };
        report(Event::Waiting {
            server: session.endpoint.host.clone(),
            delay,
            reason: error.to_string(),
        });
        tokio::time::sleep(delay).await;
    }
}
