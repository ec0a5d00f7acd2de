//! A puller with a store of its own, and what it said.

use std::{collections::BTreeMap, fs, sync::Mutex, time::Duration};

use banger_config::RegistrySettings;
use banger_oci::{
    blobs::BlobStore,
    digest::Digest,
    registry::{
        Event, Fetched, Options, Puller, RegistryError, Resolved, Timing,
        credentials::{CredentialStore, Credentials},
    },
};
use banger_tests::registry::ImageLayout;
use tokio_util::sync::CancellationToken;

/// A puller in a directory of its own.
pub struct Pulling {
    pub options: Options,
    pub directory: tempfile::TempDir,
    pub events: Mutex<Vec<Event>>,
    pub cancel: CancellationToken,
}

impl Pulling {
    /// A puller that knows those registries, and is less patient than the real one.
    pub fn new(registries: &[(&str, RegistrySettings)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let registries: BTreeMap<String, RegistrySettings> = registries
            .iter()
            .map(|(name, settings)| ((*name).to_owned(), settings.clone()))
            .collect();
        let credentials = Credentials {
            store: Some(CredentialStore::new(directory.path().join("logins.json"))),
            docker_config: None,
        };
        Pulling {
            options: Options {
                registries,
                credentials,
                timing: Timing {
                    stall: Duration::from_millis(700),
                    backoff: Duration::from_millis(20),
                    ..Timing::default()
                },
            },
            directory,
            events: Mutex::default(),
            cancel: CancellationToken::new(),
        }
    }

    /// A puller of a registry that speaks plain HTTP.
    pub fn plain(host: &str) -> Self {
        Self::new(&[(host, http())])
    }

    pub fn store(&self) -> BlobStore {
        BlobStore::open(self.directory.path().join("blobs")).unwrap()
    }

    pub fn resolve(&self, reference: &str) -> Result<Resolved, RegistryError> {
        block_on(self.resolve_with(&Puller::new(self.options.clone()), reference))
    }

    async fn resolve_with(
        &self,
        puller: &Puller,
        reference: &str,
    ) -> Result<Resolved, RegistryError> {
        let reference = reference.parse().unwrap();
        puller
            .resolve(&reference, &|event| self.events.lock().unwrap().push(event))
            .await
    }

    pub fn pull(&self, reference: &str) -> Result<(Resolved, Fetched), RegistryError> {
        block_on(self.pull_async(reference))
    }

    pub async fn pull_async(&self, reference: &str) -> Result<(Resolved, Fetched), RegistryError> {
        let puller = Puller::new(self.options.clone());
        let resolved = self.resolve_with(&puller, reference).await?;
        let report = |event| self.events.lock().unwrap().push(event);
        let fetched = puller
            .fetch(&resolved, &self.store(), &report, &self.cancel)
            .await?;
        Ok((resolved, fetched))
    }

    /// The names of all files in the store.
    pub fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = ["sha256", "sha512", "incoming"]
            .iter()
            .flat_map(|folder| fs::read_dir(self.directory.path().join("blobs").join(folder)))
            .flatten()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Whether an event of that kind was told.
    pub fn told(&self, fits: impl Fn(&Event) -> bool) -> bool {
        self.events.lock().unwrap().iter().any(fits)
    }

    /// Checks that the store has exactly an image.
    pub fn has_exactly(&self, image: &ImageLayout) {
        let store = self.store();
        let mut hexes = Vec::new();
        for blob in image.blobs() {
            let digest: Digest = blob.digest.parse().unwrap();
            let bytes = store.read(&digest, u64::MAX - 1).unwrap();
            assert!(bytes == blob.bytes, "{digest}");
            hexes.push(digest.hex().to_owned());
        }
        hexes.sort();
        hexes.dedup();
        assert_eq!(self.files(), hexes);
    }
}

/// Settings of a registry that speaks plain HTTP.
pub fn http() -> RegistrySettings {
    RegistrySettings {
        http: true,
        ..RegistrySettings::default()
    }
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}
