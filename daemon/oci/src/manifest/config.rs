//! An image's configuration (image specification 1.1, config.md).
//!
//! Read leniently: builders write `null` for nothing, and leave fields away.

use super::document::malformed;
use super::{ManifestError, Platform};
use crate::digest::Digest;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// What an image runs, as whom, and what its layers are when unpacked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// What it runs on.
    pub platform: Platform,
    /// When it was made: RFC 3339, as its builder wrote it.
    pub created: Option<String>,
    /// Who made it.
    pub author: Option<String>,
    /// The environment, `NAME=value` each.
    pub env: Vec<String>,
    /// What is always run, before the command.
    pub entrypoint: Vec<String>,
    /// What is run when nothing is asked for; arguments of the entry point where there is one.
    pub cmd: Vec<String>,
    /// Where it is run; empty for `/`.
    pub working_dir: String,
    /// As whom: `user`, `uid`, `user:group`…; empty for root.
    pub user: String,
    /// Notes.
    pub labels: BTreeMap<String, String>,
    /// Ports that it listens on, such as `80/tcp`.
    pub exposed_ports: Vec<String>,
    /// Directories that are meant to be volumes.
    pub volumes: Vec<String>,
    /// What stops it, such as `SIGINT`.
    pub stop_signal: Option<String>,
    /// The digests of its layers' tars, unpacked, the lowest first.
    pub diff_ids: Vec<Digest>,
    /// How it was made, the oldest step first.
    pub history: Vec<History>,
}

/// A step that made an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// A note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// It made no layer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub empty_layer: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Raw {
    architecture: Option<String>,
    os: Option<String>,
    variant: Option<String>,
    created: Option<String>,
    author: Option<String>,
    #[serde(deserialize_with = "null_is_default")]
    config: RawRun,
    #[serde(deserialize_with = "null_is_default")]
    rootfs: RawRootfs,
    #[serde(deserialize_with = "null_is_default")]
    history: Vec<History>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawRun {
    #[serde(deserialize_with = "null_is_default")]
    env: Vec<String>,
    #[serde(deserialize_with = "null_is_default")]
    entrypoint: Vec<String>,
    #[serde(deserialize_with = "null_is_default")]
    cmd: Vec<String>,
    #[serde(deserialize_with = "null_is_default")]
    working_dir: String,
    #[serde(deserialize_with = "null_is_default")]
    user: String,
    #[serde(deserialize_with = "null_is_default")]
    labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "null_is_default")]
    exposed_ports: BTreeMap<String, serde::de::IgnoredAny>,
    #[serde(deserialize_with = "null_is_default")]
    volumes: BTreeMap<String, serde::de::IgnoredAny>,
    stop_signal: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawRootfs {
    #[serde(deserialize_with = "null_is_default")]
    diff_ids: Vec<Digest>,
}

fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl ImageConfig {
    /// Reads a configuration.
    ///
    /// # Errors
    /// [`ManifestError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let raw: Raw =
            serde_json::from_slice(bytes).map_err(|error| malformed("configuration", &error))?;
        Ok(ImageConfig {
            platform: Platform {
                architecture: raw.architecture.unwrap_or_default(),
                os: raw.os.unwrap_or_default(),
                variant: raw.variant,
            },
            created: raw.created,
            author: raw.author,
            env: raw.config.env,
            entrypoint: raw.config.entrypoint,
            cmd: raw.config.cmd,
            working_dir: raw.config.working_dir,
            user: raw.config.user,
            labels: raw.config.labels,
            exposed_ports: raw.config.exposed_ports.into_keys().collect(),
            volumes: raw.config.volumes.into_keys().collect(),
            stop_signal: raw.config.stop_signal.filter(|signal| !signal.is_empty()),
            diff_ids: raw.rootfs.diff_ids,
            history: raw.history,
        })
    }

    /// Refuses what is for another platform. Fields that are left away say nothing.
    ///
    /// # Errors
    /// [`ManifestError::OtherPlatform`].
    pub fn check_platform(&self) -> Result<(), ManifestError> {
        let fits = |field: &str, ours: &str| field.is_empty() || field == ours;
        if fits(&self.platform.os, Platform::OS)
            && fits(&self.platform.architecture, Platform::ARCHITECTURE)
        {
            return Ok(());
        }
        Err(ManifestError::OtherPlatform(self.platform.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn everything_that_a_vm_needs_is_read() {
        let config = ImageConfig::parse(
            br#"{"architecture":"amd64","os":"linux","created":"2024-01-02T03:04:05Z",
            "config":{"Env":["A=b"],"Entrypoint":["/e"],"Cmd":["c"],"WorkingDir":"/w",
            "User":"1000:1000","Labels":{"l":"v"},"ExposedPorts":{"80/tcp":{}},
            "Volumes":{"/data":{}},"StopSignal":"SIGINT","ArgsEscaped":true},
            "rootfs":{"type":"layers","diff_ids":["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]},
            "history":[{"created_by":"RUN x","empty_layer":true}]}"#,
        )
        .unwrap();
        assert_eq!(config.env, ["A=b"]);
        assert_eq!(config.entrypoint, ["/e"]);
        assert_eq!(config.cmd, ["c"]);
        assert_eq!(config.working_dir, "/w");
        assert_eq!(config.user, "1000:1000");
        assert_eq!(config.labels["l"], "v");
        assert_eq!(config.exposed_ports, ["80/tcp"]);
        assert_eq!(config.volumes, ["/data"]);
        assert_eq!(config.stop_signal.as_deref(), Some("SIGINT"));
        assert_eq!(config.diff_ids, [Digest::of(b"")]);
        assert!(config.history[0].empty_layer);
        assert_eq!(config.check_platform(), Ok(()));
    }

    #[test]
    fn null_is_nothing() {
        let config = ImageConfig::parse(
            br#"{"config":{"Env":null,"Cmd":null,"Labels":null,"User":null},"rootfs":{"diff_ids":null},"history":null}"#,
        );
        assert_eq!(config, Ok(ImageConfig::default()));
        assert_eq!(
            ImageConfig::parse(br#"{"config":null}"#),
            Ok(ImageConfig::default())
        );
    }

    #[test]
    fn other_platforms_are_named() {
        let config = ImageConfig::parse(br#"{"architecture":"arm64","os":"linux","variant":"v8"}"#);
        assert_eq!(
            config.unwrap().check_platform().unwrap_err().to_string(),
            "the image is for linux/arm64/v8, and VMs are linux/amd64"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = ImageConfig::parse(&bytes);
        }
    }
}
