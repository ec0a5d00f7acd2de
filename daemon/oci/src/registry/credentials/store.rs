//! What `image login` keeps: a JSON file that only its owner reads.
//!
//! ```json
//! {"version": 1, "registries": {"ghcr.io": {"user": "ann", "password": "…"}}}
//! ```

use super::Credential;
use crate::registry::RegistryError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const VERSION: u32 = 1;

/// The file. One process writes it: the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialStore {
    path: PathBuf,
}

/// A registry that the user is logged in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The registry.
    pub registry: String,
    /// The user.
    pub user: String,
}

#[derive(Serialize, Deserialize)]
struct Contents {
    version: u32,
    #[serde(default)]
    registries: BTreeMap<String, Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    user: String,
    password: String,
}

impl CredentialStore {
    /// A store in that file, which need not be there.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        CredentialStore { path: path.into() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A registry's credential.
    ///
    /// # Errors
    /// [`RegistryError::Credentials`].
    pub fn find(&self, registry: &str) -> Result<Option<Credential>, RegistryError> {
        let entry = self.read(registry)?.registries.remove(registry);
        Ok(entry.map(|entry| Credential::Password {
            user: entry.user,
            password: entry.password,
        }))
    }

    /// Everybody that the user is logged in to.
    ///
    /// # Errors
    /// [`RegistryError::Credentials`].
    pub fn list(&self) -> Result<Vec<Login>, RegistryError> {
        let contents = self.read("all registries")?;
        let login = |(registry, entry): (String, Entry)| Login {
            registry,
            user: entry.user,
        };
        Ok(contents.registries.into_iter().map(login).collect())
    }

    /// Keeps a password.
    ///
    /// # Errors
    /// [`RegistryError::Credentials`].
    pub fn set(&self, registry: &str, user: &str, password: &str) -> Result<(), RegistryError> {
        let mut contents = self.read(registry)?;
        let entry = Entry {
            user: user.to_owned(),
            password: password.to_owned(),
        };
        contents.registries.insert(registry.to_owned(), entry);
        self.write(registry, &contents)
    }

    /// Forgets a password, and tells whether there was one.
    ///
    /// # Errors
    /// [`RegistryError::Credentials`].
    pub fn remove(&self, registry: &str) -> Result<bool, RegistryError> {
        let mut contents = self.read(registry)?;
        if contents.registries.remove(registry).is_none() {
            return Ok(false);
        }
        self.write(registry, &contents)?;
        Ok(true)
    }

    fn read(&self, registry: &str) -> Result<Contents, RegistryError> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Contents {
                    version: VERSION,
                    registries: BTreeMap::new(),
                });
            }
            Err(error) => return Err(self.failed(registry, &error.to_string())),
        };
        let contents: Contents = serde_json::from_slice(&text)
            // serde's words may quote the text, which is secret.
            .map_err(|error| self.failed(registry, &format!("line {} is wrong", error.line())))?;
        if contents.version != VERSION {
            let problem = format!("it has the unknown version {}", contents.version);
            return Err(self.failed(registry, &problem));
        }
        Ok(contents)
    }

    /// Replaces the file as a whole.
    fn write(&self, registry: &str, contents: &Contents) -> Result<(), RegistryError> {
        let written = || -> io::Result<()> {
            let text = serde_json::to_vec_pretty(contents)?;
            if let Some(folder) = self.path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut name = self.path.clone().into_os_string();
            name.push(".new");
            let new = PathBuf::from(name);
            // One that a kill left may have other rights.
            match fs::remove_file(&new) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&new)?;
            file.write_all(&text)?;
            file.sync_data()?;
            fs::rename(&new, &self.path)
        };
        written().map_err(|error| self.failed(registry, &error.to_string()))
    }

    fn failed(&self, registry: &str, problem: &str) -> RegistryError {
        RegistryError::Credentials {
            registry: registry.to_owned(),
            problem: format!("{}: {problem}", self.path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn passwords_are_kept_for_their_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let store = CredentialStore::new(directory.path().join("a/credentials.json"));
        assert_eq!(store.find("r.io").unwrap(), None);
        store.set("r.io", "ann", "one").unwrap();
        store.set("r.io:5000", "bob", "two").unwrap();
        store.set("r.io", "ann", "three").unwrap();
        let mode = fs::metadata(store.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let expected = Credential::Password {
            user: "ann".into(),
            password: "three".into(),
        };
        assert_eq!(store.find("r.io").unwrap(), Some(expected.clone()));
        assert!(!format!("{expected:?}").contains("three"));
        assert_eq!(store.list().unwrap().len(), 2);
        assert!(store.remove("r.io").unwrap());
        assert!(!store.remove("r.io").unwrap());
        assert_eq!(store.find("r.io").unwrap(), None);
        assert_eq!(fs::read_dir(directory.path().join("a")).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_file_is_told_without_its_secrets() {
        let directory = tempfile::tempdir().unwrap();
        let store = CredentialStore::new(directory.path().join("c.json"));
        for text in [
            r#"{"version":1,"registries":{"r":"hunter2"}}"#,
            r#"{"version":2}"#,
        ] {
            fs::write(store.path(), text).unwrap();
            let error = store.find("r").unwrap_err().to_string();
            assert!(
                error.contains("c.json") && !error.contains("hunter2"),
                "{error}"
            );
        }
    }
}
