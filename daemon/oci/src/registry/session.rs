//! One repository of one server: a request, authorized.

use super::RegistryError;
use super::answer;
use super::challenge::BearerChallenge;
use super::classify::{self, Asked};
use super::credentials::Credential;
use super::endpoint::Endpoint;
use super::http::Clients;
use super::identity;
use super::retry::Timing;
use oci_distribution::RegistryOperation;
use oci_distribution::secrets::RegistryAuth;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue, RANGE, WWW_AUTHENTICATE};
use reqwest::{Response, StatusCode};
use std::sync::Arc;
use tokio::sync::Mutex;

/// What all requests to one repository of one server have in common. Clones share it.
#[derive(Clone)]
pub(super) struct Session {
    pub endpoint: Endpoint,
    pub repository: String,
    clients: Clients,
    credential: Option<Credential>,
    timing: Timing,
    /// The header that was taken last.
    authorization: Arc<Mutex<Option<HeaderValue>>>,
}

/// A request to a registry.
#[derive(Clone, Copy)]
pub(super) struct Get<'a> {
    /// Below the repository: `manifests/latest`.
    pub path: &'a str,
    /// What it is, for errors.
    pub what: &'a str,
    /// The media types that are taken; none for any.
    pub accept: &'a [&'a str],
    /// The first byte that is wanted; 0 for all.
    pub from: u64,
}

impl Session {
    pub fn new(
        endpoint: Endpoint,
        repository: &str,
        clients: Clients,
        credential: Option<Credential>,
        timing: Timing,
    ) -> Self {
        Session {
            endpoint,
            repository: repository.to_owned(),
            clients,
            credential,
            timing,
            authorization: Arc::default(),
        }
    }

    /// What a request was about, for errors.
    pub fn asked<'a>(&'a self, what: &'a str) -> Asked<'a> {
        Asked {
            server: &self.endpoint.host,
            what,
            stall: self.timing.stall,
        }
    }

    /// Sends a request; asks for a token when the server wants one, once.
    ///
    /// # Errors
    /// Every answer that is no success.
    pub async fn get(&self, get: Get<'_>) -> Result<Response, RegistryError> {
        let sent = self.authorization.lock().await.clone();
        let response = self.send(get, sent.clone()).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return self.success(response, get.what).await;
        }
        let mut current = self.authorization.lock().await;
        // Another request of ours may have got a newer one meanwhile.
        if *current == sent {
            match self.authorize(&response, get.what).await? {
                Some(header) => *current = Some(header),
                None => return self.success(response, get.what).await,
            }
        }
        let fresh = current.clone();
        drop(current);
        let response = self.send(get, fresh).await?;
        self.success(response, get.what).await
    }

    /// Fetches a layer from one of its own URLs, without credentials: those are the
    /// registry's alone (CVE-2020-15157).
    pub async fn get_url(
        &self,
        url: &str,
        what: &str,
        from: u64,
    ) -> Result<Response, RegistryError> {
        if !(url.starts_with("https://") || (self.endpoint.http && url.starts_with("http://"))) {
            return Err(RegistryError::Redirect {
                server: self.endpoint.host.clone(),
                what: what.to_owned(),
                problem: url.to_owned(),
            });
        }
        let mut request = self.clients.http.get(url);
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        let response = request
            .send()
            .await
            .map_err(|error| classify::transport(&error, self.asked(what)))?;
        self.success(response, what).await
    }

    async fn send(
        &self,
        get: Get<'_>,
        authorization: Option<HeaderValue>,
    ) -> Result<Response, RegistryError> {
        let path = format!("{}/{}", self.repository, get.path);
        let mut request = self.clients.http.get(self.endpoint.url(&path));
        if !get.accept.is_empty() {
            request = request.header(ACCEPT, get.accept.join(", "));
        }
        if get.from > 0 {
            request = request.header(RANGE, format!("bytes={}-", get.from));
        }
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        request
            .send()
            .await
            .map_err(|error| classify::transport(&error, self.asked(get.what)))
    }

    async fn success(&self, response: Response, what: &str) -> Result<Response, RegistryError> {
        if response.status().is_success() {
            return Ok(response);
        }
        Err(answer::failure(response, self.credential.is_some(), self.asked(what)).await)
    }

    /// What an answer of 401 asks for (distribution's docs/spec/auth/token.md; RFC 7617).
    async fn authorize(
        &self,
        response: &Response,
        what: &str,
    ) -> Result<Option<HeaderValue>, RegistryError> {
        let schemes: Vec<String> = response
            .headers()
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .filter_map(|value| value.split_whitespace().next())
            .map(str::to_ascii_lowercase)
            .collect();
        if schemes.iter().any(|scheme| scheme == "bearer") {
            return match &self.credential {
                Some(Credential::Token(identity)) => self.identity(response, identity, what).await,
                _ => self.token(what).await,
            };
        }
        match &self.credential {
            Some(Credential::Password { user, password })
                if schemes.iter().any(|scheme| scheme == "basic") =>
            {
                Ok(basic(user, password))
            }
            Some(_) | None => Ok(None),
        }
    }

    async fn identity(
        &self,
        response: &Response,
        identity: &str,
        what: &str,
    ) -> Result<Option<HeaderValue>, RegistryError> {
        let Some(challenge) = BearerChallenge::of(response.headers()) else {
            return Ok(None);
        };
        if !challenge.is_safe(self.endpoint.http) {
            return Err(RegistryError::Redirect {
                server: self.endpoint.host.clone(),
                what: "a token".to_owned(),
                problem: challenge.realm.into(),
            });
        }
        let (http, repository) = (&self.clients.http, &self.repository);
        identity::authorization(http, &challenge, repository, identity, self.asked(what)).await
    }

    async fn token(&self, what: &str) -> Result<Option<HeaderValue>, RegistryError> {
        let auth = match &self.credential {
            Some(Credential::Password { user, password }) => {
                RegistryAuth::Basic(user.clone(), password.clone())
            }
            // Those are shown in another way.
            Some(Credential::Token(_)) | None => RegistryAuth::Anonymous,
        };
        let image = oci_distribution::Reference::with_tag(
            self.endpoint.host.clone(),
            self.repository.clone(),
            crate::reference::DEFAULT_TAG.to_owned(),
        );
        let token = self
            .clients
            .tokens
            .auth(&image, &auth, RegistryOperation::Pull)
            .await
            .map_err(|error| {
                classify::token(&error, self.credential.is_some(), self.asked(what))
            })?;
        Ok(token.and_then(|token| secret(&format!("Bearer {token}"))))
    }
}

/// The header of a user and a password.
pub(super) fn basic(user: &str, password: &str) -> Option<HeaderValue> {
    use base64::Engine;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    secret(&format!("Basic {pair}"))
}

/// A header that no log shows. `None` when it has characters that no header may have.
pub(super) fn secret(value: &str) -> Option<HeaderValue> {
    let mut header = HeaderValue::from_str(value).ok()?;
    header.set_sensitive(true);
    Some(header)
}
