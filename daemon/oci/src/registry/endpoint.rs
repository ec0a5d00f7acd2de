//! Pure: which servers may have an image, and how they are spoken to.

use banger_config::RegistrySettings;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Where docker.io's registry is.
const DOCKER_IO_HOST: &str = "registry-1.docker.io";

/// A server that speaks the distribution protocol.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Endpoint {
    /// The registry by its name in references; its credentials are kept under it.
    pub registry: String,
    /// Where it is: `host[:port]`.
    pub host: String,
    /// Asked by plain HTTP.
    pub http: bool,
    /// A certificate authority of its own, besides the host's.
    pub ca: Option<PathBuf>,
    /// For a mirror, the registry that it mirrors.
    pub mirror_of: Option<String>,
}

impl Endpoint {
    fn new(
        registry: &str,
        mirror_of: Option<&str>,
        settings: &BTreeMap<String, RegistrySettings>,
    ) -> Self {
        let own = settings.get(registry);
        Endpoint {
            registry: registry.to_owned(),
            host: match registry {
                crate::reference::DEFAULT_REGISTRY => DOCKER_IO_HOST.to_owned(),
                other => other.to_owned(),
            },
            http: own.is_some_and(|own| own.http),
            ca: own.and_then(|own| own.ca.clone()),
            mirror_of: mirror_of.map(str::to_owned),
        }
    }

    /// The registry itself.
    pub fn of(registry: &str, settings: &BTreeMap<String, RegistrySettings>) -> Self {
        Endpoint::new(registry, None, settings)
    }

    /// The servers to ask, in order: the registry's mirrors, then itself.
    pub fn all(registry: &str, settings: &BTreeMap<String, RegistrySettings>) -> Vec<Self> {
        let mirrors = settings.get(registry).map(|own| own.mirrors.as_slice());
        mirrors
            .unwrap_or_default()
            .iter()
            .map(|mirror| Endpoint::new(mirror, Some(registry), settings))
            .chain([Endpoint::of(registry, settings)])
            .collect()
    }

    /// A URL below `/v2/`. A mirror is told whose image is meant, as containerd does
    /// (its docs/hosts.md, "ns").
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.http { "http" } else { "https" };
        let host = &self.host;
        match &self.mirror_of {
            Some(registry) if !path.is_empty() => {
                format!("{scheme}://{host}/v2/{path}?ns={registry}")
            }
            Some(_) | None => format!("{scheme}://{host}/v2/{path}"),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_come_first_and_are_spoken_to_as_their_own_table_says() {
        let settings = BTreeMap::from([
            (
                "docker.io".to_owned(),
                RegistrySettings {
                    mirrors: vec!["mirror:5000".into(), "other".into()],
                    ..RegistrySettings::default()
                },
            ),
            (
                "mirror:5000".to_owned(),
                RegistrySettings {
                    http: true,
                    ..RegistrySettings::default()
                },
            ),
        ]);
        let urls: Vec<String> = Endpoint::all("docker.io", &settings)
            .iter()
            .map(|endpoint| endpoint.url("library/debian/manifests/12"))
            .collect();
        assert_eq!(
            urls,
            [
                "http://mirror:5000/v2/library/debian/manifests/12?ns=docker.io",
                "https://other/v2/library/debian/manifests/12?ns=docker.io",
                "https://registry-1.docker.io/v2/library/debian/manifests/12",
            ]
        );
        assert_eq!(Endpoint::all("ghcr.io", &settings).len(), 1);
    }
}
