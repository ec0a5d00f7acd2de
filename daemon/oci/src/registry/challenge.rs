//! What a registry asks for with `WWW-Authenticate: Bearer` (distribution's
//! docs/spec/auth/token.md).

use reqwest::Url;
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// Where a token is to be had, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BearerChallenge {
    /// The server of tokens.
    pub realm: Url,
    /// What the token is to be shown to.
    pub service: Option<String>,
    /// What the token is to allow.
    pub scope: Option<String>,
}

impl BearerChallenge {
    /// The first one of an answer.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(WWW_AUTHENTICATE).iter();
        values
            .filter_map(|value| value.to_str().ok())
            .find_map(Self::parse)
    }

    fn parse(challenge: &str) -> Option<Self> {
        let (scheme, parameters) = challenge.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let value = |name: &str| {
            let (_, after) = parameters.split_once(&format!("{name}=\""))?;
            Some(after.split_once('"')?.0.to_owned())
        };
        Some(Self {
            realm: Url::parse(&value("realm")?).ok()?,
            service: value("service"),
            scope: value("scope"),
        })
    }

    /// Where a token without a scope is to be had: only who the user is, is asked.
    pub fn login_url(&self) -> Url {
        let mut url = self.realm.clone();
        if let Some(service) = &self.service {
            url.query_pairs_mut().append_pair("service", service);
        }
        url
    }

    /// Whether secrets may go there: over TLS, or where the registry has none itself.
    pub fn is_safe(&self, plain: bool) -> bool {
        plain || self.realm.scheme() == "https"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login_url(challenge: &str) -> Option<String> {
        Some(BearerChallenge::parse(challenge)?.login_url().into())
    }

    #[test]
    fn challenges_name_where_tokens_are() {
        let whole = r#"Bearer realm="https://auth.r.io/token",service="r.io",scope="a:b:pull""#;
        assert_eq!(
            login_url(whole).as_deref(),
            Some("https://auth.r.io/token?service=r.io")
        );
        let whole = BearerChallenge::parse(whole).unwrap();
        assert_eq!(whole.scope.as_deref(), Some("a:b:pull"));
        assert_eq!(
            login_url(r#"bearer realm="https://r.io/t?x=y""#).as_deref(),
            Some("https://r.io/t?x=y")
        );
        assert_eq!(login_url(r#"Basic realm="https://r.io""#), None);
        assert_eq!(login_url("Bearer"), None);
        assert_eq!(login_url(r#"Bearer realm="nowhere""#), None);
    }

    #[test]
    fn secrets_go_over_tls() {
        let plain = BearerChallenge::parse(r#"Bearer realm="http://r.io/t""#).unwrap();
        assert!(!plain.is_safe(false));
        assert!(plain.is_safe(true));
    }
}
