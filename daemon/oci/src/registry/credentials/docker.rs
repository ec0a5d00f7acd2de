//! Docker's config.json and its credential helpers.

use super::Credential;
use crate::reference::DEFAULT_REGISTRY;
use crate::registry::RegistryError;
use docker_credential::{CredentialRetrievalError, DockerCredential};
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

/// The name under which docker keeps docker.io's credential.
const DOCKER_IO_KEY: &str = "https://index.docker.io/v1/";

/// A registry's credential in docker's configuration.
pub(super) fn find(path: &Path, registry: &str) -> Result<Option<Credential>, RegistryError> {
    let failed = |problem: String| RegistryError::Credentials {
        registry: registry.to_owned(),
        problem: format!("{}: {problem}", path.display()),
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error.to_string())),
    };
    let key = match registry {
        DEFAULT_REGISTRY => DOCKER_IO_KEY,
        other => other,
    };
    match docker_credential::get_credential_from_reader(BufReader::new(file), key) {
        // An entry without anything in it: the helper's business, or a logout.
        Ok(DockerCredential::UsernamePassword(user, password))
            if user.is_empty() && password.is_empty() =>
        {
            Ok(None)
        }
        Ok(DockerCredential::UsernamePassword(user, password)) => {
            Ok(Some(Credential::Password { user, password }))
        }
        Ok(DockerCredential::IdentityToken(token)) => Ok(Some(Credential::Token(token))),
        Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(None),
        // Every helper says so in these words when it has none
        // (docker-credential-helpers, credentials/error.go).
        Err(CredentialRetrievalError::HelperFailure { stdout, stderr, .. })
            if format!("{stdout}{stderr}").contains("credentials not found") =>
        {
            Ok(None)
        }
        // What a helper printed may have secrets in it.
        Err(CredentialRetrievalError::HelperFailure { helper, stderr, .. }) => {
            let said = stderr.trim();
            Err(failed(format!("{helper} failed: {said}")))
        }
        Err(error) => Err(failed(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(config: &str, registry: &str) -> Result<Option<Credential>, RegistryError> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.json");
        std::fs::write(&path, config).unwrap();
        find(&path, registry)
    }

    fn ann() -> Option<Credential> {
        Some(Credential::Password {
            user: "ann".into(),
            password: "secret".into(),
        })
    }

    #[test]
    fn docker_logins_are_found() {
        // "ann:secret"
        let config = r#"{"auths":{"r.io:5000":{"auth":"YW5uOnNlY3JldA=="},
            "https://index.docker.io/v1/":{"auth":"YW5uOnNlY3JldA=="}}}"#;
        assert_eq!(found(config, "r.io:5000").unwrap(), ann());
        assert_eq!(found(config, "docker.io").unwrap(), ann());
        assert_eq!(found(config, "r.io").unwrap(), None);
        assert_eq!(found("{}", "r.io").unwrap(), None);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let error = found("no json", "r.io").unwrap_err().to_string();
        assert!(error.contains("config.json"), "{error}");
        let helper = r#"{"credHelpers":{"r.io":"banger-test-missing"}}"#;
        assert!(found(helper, "r.io").is_err());
        assert_eq!(found(helper, "other.io").unwrap(), None);
        assert_eq!(
            find(Path::new("/nonexistent/config.json"), "r.io").unwrap(),
            None
        );
    }
}
