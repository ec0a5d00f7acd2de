//! An identity token, as `docker login` keeps it for some registries, becomes an access token
//! (distribution's docs/spec/auth/oauth.md: OAuth 2, RFC 6749, section 6).

use super::RegistryError;
use super::answer;
use super::challenge::BearerChallenge;
use super::classify::{self, Asked};
use super::session::secret;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde::Deserialize;

/// Who asks.
const CLIENT: &str = "banger";
/// The most bytes of an answer that are read.
const MAX_ANSWER: usize = 1 << 20;

#[derive(Deserialize)]
struct Answer {
    /// RFC 6749's name, and the older one of registries.
    #[serde(alias = "token")]
    access_token: String,
}

/// The header that an identity token brings, for pulling from a repository.
pub(super) async fn authorization(
    http: &reqwest::Client,
    challenge: &BearerChallenge,
    repository: &str,
    identity: &str,
    asked: Asked<'_>,
) -> Result<Option<HeaderValue>, RegistryError> {
    let form = form(challenge, repository, identity);
    let request = http.post(challenge.realm.clone()).body(form);
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let sent = request.send().await;
    let mut response = sent.map_err(|error| classify::transport(&error, asked))?;
    if !response.status().is_success() {
        return Err(answer::failure(response, true, asked).await);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| classify::transport(&error, asked))?
    {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            break;
        }
    }
    let answer: Answer =
        serde_json::from_slice(&body).map_err(|error| RegistryError::Unexpected {
            server: asked.server.to_owned(),
            what: "a token".to_owned(),
            // Not the answer itself: it may have a secret in it.
            problem: format!("no JSON with an access token: {error}"),
        })?;
    Ok(secret(&format!("Bearer {}", answer.access_token)))
}

fn form(challenge: &BearerChallenge, repository: &str, identity: &str) -> String {
    let scope = format!("repository:{repository}:pull");
    let scope = challenge.scope.as_deref().unwrap_or(&scope);
    // A URL's query is written as a form is.
    let mut url = challenge.realm.clone();
    url.set_query(None);
    {
        let mut pairs = url.query_pairs_mut();
        pairs.append_pair("grant_type", "refresh_token");
        if let Some(service) = &challenge.service {
            pairs.append_pair("service", service);
        }
        pairs.append_pair("client_id", CLIENT);
        pairs.append_pair("scope", scope);
        pairs.append_pair("refresh_token", identity);
    }
    url.query().unwrap_or_default().to_owned()
}
