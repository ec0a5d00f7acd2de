//! Who the user is: our own store first, then docker's configuration.
//!
//! | file | role |
//! |---|---|
//! | `store.rs` | what `image login` keeps: a file that only its owner reads |
//! | `docker.rs` | docker's config.json and its credential helpers |

mod docker;
mod store;

pub use store::{CredentialStore, Login};

use super::RegistryError;
use std::fmt;
use std::path::PathBuf;

/// What a registry is shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A user and a password, or an access token in its place.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// A token that stands for a user: OAuth's refresh token, docker's identity token.
    Token(String),
}

/// Says whose, never what.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Credential::Password { user, .. } => write!(f, "Password of {user:?}"),
            Credential::Token(_) => f.write_str("Token"),
        }
    }
}

/// Where credentials are looked for.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// Our own.
    pub store: Option<CredentialStore>,
    /// Docker's config.json; see [`Credentials::docker_config_of_process`].
    pub docker_config: Option<PathBuf>,
}

impl Credentials {
    /// Where docker looks: `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`.
    pub fn docker_config_of_process() -> Option<PathBuf> {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let directory = match (set("DOCKER_CONFIG"), set("HOME")) {
            (Some(directory), _) => PathBuf::from(directory),
            (None, Some(home)) => PathBuf::from(home).join(".docker"),
            (None, None) => return None,
        };
        Some(directory.join("config.json"))
    }

    /// The credential for a registry. Blocks: helpers are programs.
    ///
    /// # Errors
    /// [`RegistryError::Credentials`] when there is one that cannot be read.
    pub fn find(&self, registry: &str) -> Result<Option<Credential>, RegistryError> {
        if let Some(store) = &self.store
            && let Some(credential) = store.find(registry)?
        {
            return Ok(Some(credential));
        }
        match &self.docker_config {
            Some(path) => docker::find(path, registry),
            None => Ok(None),
        }
    }
}
