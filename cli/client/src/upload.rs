//! Bodies that stream, and whose own failures are told from the daemon's.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::{TryStream, TryStreamExt};

use crate::ClientError;

/// What became of a body that is being sent.
#[derive(Clone, Debug, Default)]
pub struct Upload(Arc<OnceLock<String>>);

impl Upload {
    /// A body of a stream; its first failure is noted.
    pub fn body<S>(&self, stream: S) -> reqwest::Body
    where
        S: TryStream + Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        Bytes: From<S::Ok>,
    {
        let noted = Arc::clone(&self.0);
        reqwest::Body::wrap_stream(stream.map_err(move |error| {
            let error = error.into();
            // Only the first counts.
            let _ = noted.set(error.to_string());
            error
        }))
    }

    /// Why the request failed: because of the stream, where that failed.
    pub fn failure(&self, error: impl Into<ClientError>) -> ClientError {
        match self.0.get() {
            Some(detail) => ClientError::Upload(detail.clone()),
            None => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    #[test]
    fn only_a_stream_that_failed_is_blamed() {
        let other = || ClientError::Protocol("other".to_owned());
        let upload = Upload::default();
        let _unread = upload.body(stream::iter([Ok::<_, std::io::Error>("bytes")]));
        assert!(matches!(upload.failure(other()), ClientError::Protocol(_)));
        upload.0.set("disk".to_owned()).unwrap();
        assert!(matches!(
            upload.failure(other()),
            ClientError::Upload(detail) if detail == "disk"
        ));
    }
}
