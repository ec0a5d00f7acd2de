//! HTTP over the daemon's socket.

use std::{path::Path, time::Duration};

use serde_json::Value;

/// A client of a daemon's socket. Each call is a request of its own.
pub struct Api {
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
}

/// What came of a request.
#[derive(Debug)]
pub struct Reply {
    /// What was asked, for messages.
    pub request: String,
    /// The status.
    pub status: u16,
    /// The content type; empty where there is none.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// How long a request may take.
const LIMIT: Duration = Duration::from_secs(600);

impl Api {
    /// A client of that socket; nothing need answer there yet.
    ///
    /// # Panics
    /// When there can be no runtime.
    pub fn new(socket: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        // A reqwest with TLS wants a provider even where there is no TLS. It fails only where
        // there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .unix_socket(socket)
            .pool_max_idle_per_host(0)
            .timeout(LIMIT)
            .build()
            .expect("a client");
        Self { runtime, client }
    }

    /// GET.
    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None, Vec::new())
    }

    /// DELETE.
    pub fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, None, Vec::new())
    }

    /// POST with a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        let bytes = body.to_string().into_bytes();
        self.send("POST", path, Some("application/json"), bytes)
    }

    /// POST or PUT with bytes.
    pub fn upload(&self, method: &str, path: &str, bytes: Vec<u8>) -> Reply {
        self.send(method, path, Some("application/octet-stream"), bytes)
    }

    /// Any request.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> Reply {
        self.try_send(method, path, content_type, body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error:?}"))
    }

    /// Any request, where there may be no answer.
    ///
    /// # Errors
    /// When there is none.
    pub fn try_send(
        &self,
        method: &str,
        path: &str,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> Result<Reply, reqwest::Error> {
        let method: reqwest::Method = method.parse().expect("a method");
        let request = format!("{method} {path}");
        let mut builder = self.client.request(method, format!("http://banger{path}"));
        if let Some(content_type) = content_type {
            builder = builder.header("content-type", content_type).body(body);
        }
        self.runtime.block_on(async {
            let answer = builder.send().await?;
            let status = answer.status().as_u16();
            let content_type = answer
                .headers()
                .get("content-type")
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned();
            let body = answer.bytes().await?.to_vec();
            Ok(Reply {
                request,
                status,
                content_type,
                body,
            })
        })
    }
}

impl Reply {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}: not JSON: {}", self.request, self.text()))
    }

    /// The JSON of a success; null where there is no body.
    ///
    /// # Panics
    /// When it was refused.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "{}: {} {}",
            self.request,
            self.status,
            self.text()
        );
        if self.body.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    /// The problem of a refusal, which must have that status and code.
    ///
    /// # Panics
    /// When it was not refused so.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.request, self.text());
        assert_eq!(
            self.content_type, "application/problem+json",
            "{}",
            self.request
        );
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(!detail.is_empty(), "{problem}");
        problem
    }
}
