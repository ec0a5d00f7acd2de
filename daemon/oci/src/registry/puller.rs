//! [`Puller`]: resolve and fetch, and what they share.

use super::RegistryError;
use super::credentials::Credentials;
use super::endpoint::Endpoint;
use super::event::{Event, Report};
use super::http::Clients;
pub use super::retry::Timing;
use super::session::Session;
use crate::blobs::{BlobStore, Hold};
use crate::digest::Digest;
use crate::manifest::Image;
use crate::reference::Reference;
use banger_config::RegistrySettings;
use futures_util::{StreamExt, TryStreamExt};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// How many layers are downloaded at once.
const CONCURRENT_LAYERS: usize = 4;

/// What a [`Puller`] needs.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What config.toml says about registries, by `host[:port]`.
    pub registries: BTreeMap<String, RegistrySettings>,
    /// Who the user is.
    pub credentials: Credentials,
    /// How patient it is.
    pub timing: Timing,
}

/// Pulls images. Clones share their connections.
#[derive(Clone)]
pub struct Puller {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    clients: Mutex<HashMap<Endpoint, Clients>>,
}

/// An image that a registry has: everything but its layers.
#[derive(Clone)]
pub struct Resolved {
    /// What was asked for.
    pub reference: Reference,
    /// What the reference stands for: the digest of the image, or of the index that it was
    /// chosen from. `name@digest` names it for good.
    pub digest: Digest,
    /// The image for linux/amd64.
    pub image: Image,
    /// The server that had it.
    pub(super) session: Session,
}

/// An image whose every blob is in the store.
#[derive(Debug)]
pub struct Fetched {
    /// Keeps its blobs from being swept: drop it when the image is recorded.
    pub hold: Hold,
    /// Bytes that came from the network for layers; those that were there do not count.
    pub downloaded: u64,
}

impl std::fmt::Debug for Resolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolved")
            .field("reference", &self.reference)
            .field("digest", &self.digest)
            .field("image", &self.image.digest)
            .finish_non_exhaustive()
    }
}

impl Puller {
    /// A puller. Nothing is asked or read yet.
    pub fn new(options: Options) -> Self {
        Puller {
            shared: Arc::new(Shared {
                options,
                clients: Mutex::default(),
            }),
        }
    }

    /// Finds an image: its digest, manifest and configuration. Dropping the future cancels.
    ///
    /// # Errors
    /// Why the registry did not give it out, or why it cannot be run. When no mirror helps,
    /// the registry's own error.
    pub async fn resolve(
        &self,
        reference: &Reference,
        report: Report<'_>,
    ) -> Result<Resolved, RegistryError> {
        let settings = &self.shared.options.registries;
        let endpoints = Endpoint::all(reference.registry(), settings);
        let last = endpoints.len() - 1;
        for (number, endpoint) in endpoints.into_iter().enumerate() {
            let attempt = async {
                let session = self
                    .session(endpoint.clone(), reference.repository())
                    .await?;
                super::resolve::resolve(session, reference, self.timing(), report).await
            };
            match attempt.await {
                Err(error) if number < last => report(Event::MirrorFailed {
                    server: endpoint.host,
                    reason: error.to_string(),
                }),
                other => return other,
            }
        }
        // There is always the registry itself.
        Err(RegistryError::Cancelled)
    }

    /// Downloads what is missing of an image. What an earlier attempt left is resumed, and
    /// what an attempt that fails or is cancelled has got stays for the next.
    ///
    /// # Errors
    /// The first layer's that fails; the others are given up then.
    pub async fn fetch(
        &self,
        resolved: &Resolved,
        store: &BlobStore,
        report: Report<'_>,
        cancel: &CancellationToken,
    ) -> Result<Fetched, RegistryError> {
        let hold = store.hold(resolved.image.digests());
        let work = self.fetch_all(resolved, store, report);
        match cancel.run_until_cancelled(work).await {
            Some(result) => result.map(|downloaded| Fetched { hold, downloaded }),
            None => Err(RegistryError::Cancelled),
        }
    }

    async fn fetch_all(
        &self,
        resolved: &Resolved,
        store: &BlobStore,
        report: Report<'_>,
    ) -> Result<u64, RegistryError> {
        let image = &resolved.image;
        let mut seen = BTreeSet::new();
        let layers = image
            .manifest
            .layers
            .iter()
            .map(|layer| &layer.descriptor)
            .filter(|descriptor| seen.insert(&descriptor.digest));
        let downloads = layers.map(|descriptor| async move {
            let sessions = self.sessions(resolved).await?;
            super::download::blob(&sessions, descriptor, store, self.timing(), report).await
        });
        let downloaded = futures_util::stream::iter(downloads.collect::<Vec<_>>())
            .buffer_unordered(CONCURRENT_LAYERS)
            .try_fold(0u64, |sum, bytes| async move { Ok(sum + bytes) })
            .await?;
        // Last, so that an image whose manifest is there has all of its layers.
        let (store, image) = (store.clone(), image.clone());
        super::download::blocking(move || {
            store.put(&image.manifest.config.digest, &image.config_bytes)?;
            store.put(&image.digest, &image.manifest_bytes)
        })
        .await?;
        Ok(downloaded)
    }

    /// The servers that may have an image's layers: the one that had its manifest first.
    async fn sessions(&self, resolved: &Resolved) -> Result<Vec<Session>, RegistryError> {
        let mut sessions = vec![resolved.session.clone()];
        let settings = &self.shared.options.registries;
        for endpoint in Endpoint::all(resolved.reference.registry(), settings) {
            if endpoint != resolved.session.endpoint {
                sessions.push(
                    self.session(endpoint, resolved.reference.repository())
                        .await?,
                );
            }
        }
        Ok(sessions)
    }

    pub(super) async fn session(
        &self,
        endpoint: Endpoint,
        repository: &str,
    ) -> Result<Session, RegistryError> {
        let credentials = self.shared.options.credentials.clone();
        let registry = endpoint.registry.clone();
        let this = self.clone();
        let for_clients = endpoint.clone();
        // Credential helpers are programs, and certificates are files.
        let (credential, clients) = super::download::blocking(move || {
            let credential = credentials.find(&registry)?;
            Ok::<_, RegistryError>((credential, this.clients(&for_clients)?))
        })
        .await?;
        let timing = self.timing().clone();
        Ok(Session::new(
            endpoint, repository, clients, credential, timing,
        ))
    }

    pub(super) fn clients(&self, endpoint: &Endpoint) -> Result<Clients, RegistryError> {
        let table = || {
            let clients = self.shared.clients.lock();
            clients.unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(clients) = table().get(endpoint) {
            return Ok(clients.clone());
        }
        let clients = Clients::new(endpoint, self.timing())?;
        table().insert(endpoint.clone(), clients.clone());
        Ok(clients)
    }

    pub(super) fn timing(&self) -> &Timing {
        &self.shared.options.timing
    }

    pub(super) fn options(&self) -> &Options {
        &self.shared.options
    }
}
