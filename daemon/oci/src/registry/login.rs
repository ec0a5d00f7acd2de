//! Asks a registry whether it takes a password, and keeps it.

use super::answer;
use super::challenge::BearerChallenge;
use super::classify::{self, Asked};
use super::endpoint::Endpoint;
use super::session::basic;
use super::{Puller, RegistryError};
use crate::reference::is_registry;
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, HeaderValue};

/// What is asked for, in errors.
const WHAT: &str = "a login";

impl Puller {
    /// Checks a user and a password with a registry, and keeps them in the store of our own.
    ///
    /// # Errors
    /// [`RegistryError::BadLogin`], or [`RegistryError::LoginRefused`] when the registry does
    /// not take them, or why it could not be asked; nothing is kept then.
    pub async fn login(
        &self,
        registry: &str,
        user: &str,
        password: &str,
    ) -> Result<(), RegistryError> {
        let bad = |problem| RegistryError::BadLogin {
            registry: registry.to_owned(),
            problem,
        };
        if !is_registry(registry) {
            return Err(bad("that is no registry; write a host, or host:port"));
        }
        if user.is_empty() {
            return Err(bad("the user is empty"));
        }
        let Some(store) = self.options().credentials.store.clone() else {
            return Err(RegistryError::Credentials {
                registry: registry.to_owned(),
                problem: "there is no place to keep them".to_owned(),
            });
        };
        let header = basic(user, password)
            .filter(|_| !user.contains(':'))
            .ok_or_else(|| bad("a user has no colon, and neither has line breaks"))?;
        let refused = |error| match error {
            RegistryError::Unauthorized {
                server, message, ..
            } => RegistryError::LoginRefused { server, message },
            other => other,
        };
        self.check(registry, header).await.map_err(refused)?;
        let (registry, user, password) =
            (registry.to_owned(), user.to_owned(), password.to_owned());
        super::download::blocking(move || store.set(&registry, &user, &password)).await
    }

    /// Forgets a registry's password, and tells whether there was one.
    ///
    /// # Errors
    /// [`RegistryError::Credentials`].
    pub async fn logout(&self, registry: &str) -> Result<bool, RegistryError> {
        let Some(store) = self.options().credentials.store.clone() else {
            return Ok(false);
        };
        let registry = registry.to_owned();
        super::download::blocking(move || store.remove(&registry)).await
    }

    async fn check(&self, registry: &str, header: HeaderValue) -> Result<(), RegistryError> {
        let endpoint = Endpoint::of(registry, &self.options().registries);
        let (this, of) = (self.clone(), endpoint.clone());
        let client = super::download::blocking(move || this.clients(&of))
            .await?
            .http;
        let asked = Asked {
            server: &endpoint.host,
            what: WHAT,
            stall: self.timing().stall,
        };
        let transport = |error: reqwest::Error| classify::transport(&error, asked);
        let url = endpoint.url("");
        let open = client.get(&url).send().await.map_err(transport)?;
        if open.status() != StatusCode::UNAUTHORIZED {
            if open.status().is_success() {
                // It asks nobody who they are. Docker keeps such logins too.
                return Ok(());
            }
            return Err(answer::failure(open, true, asked).await);
        }
        let answer = match BearerChallenge::of(open.headers()) {
            Some(challenge) => {
                if !challenge.is_safe(endpoint.http) {
                    return Err(RegistryError::Redirect {
                        server: endpoint.host.clone(),
                        what: WHAT.to_owned(),
                        problem: challenge.realm.into(),
                    });
                }
                client
                    .get(challenge.login_url())
                    .header(AUTHORIZATION, header)
                    .send()
                    .await
            }
            None => client.get(&url).header(AUTHORIZATION, header).send().await,
        }
        .map_err(transport)?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(answer::failure(answer, true, asked).await)
    }
}
